// The test suites of other projects through the product's readers, in Node and in the page, against OpenCV and pydicom:
//
//   python bench/foreign-suites/reference.py path/to/suites path/to/reference      (once; its first lines say what it needs)
//   node dist/bench/foreign-suites.js path/to/suites --reference path/to/reference [--differences differences.csv]
//        [--processes 2] [--time-limit 60]      (seconds of computing for a file)
//
// `path/to/suites` has a folder for each project, whose name is the suite in the tables. The results in bench/results are
// of these repositories, cloned into it from GitHub in November 2026, without files over 4 MiB. None of their files is in
// this repository.
//
//   JPEG, PNG   Wormnest/imagetestsuite, lunapaint/pngsuite, python-pillow/Pillow, image-rs/image, image-rs/jpeg-decoder,
//               etemesi254/zune-image
//   DICOM       pydicom/pydicom, pydicom/pydicom-data, pydicom/pylibjpeg-data, robyoung/dicom-test-files, fo-dicom/fo-dicom,
//               cornerstonejs/cornerstone3D, cornerstonejs/cornerstoneWADOImageLoader, ivmartel/dwv, rii-mango/Daikon,
//               suyashkumar/dicom
//
// Prints a table by suite for each reader; every file that is not read alike goes into the CSV of `--differences`, sorted
// so that copies of a file in several suites follow each other. Appends a row for each reader to
// bench/results/foreign-suites.csv:
//
//   equal, within_1, differs     grey levels against the reference's; within_1 is what lossy decoders may be apart
//   refused_by_both              or outside what the product's documents accept, such as files of several frames
//   refused_noted                refused here; the reference read it, but its decoder printed something about it
//   refused_only_here, read_only_here
//   failed                       a crash, a hang or an exception that is no AppError
//   unwarned                     read here without a warning although libjpeg calls it corrupt
//   twins_disagree               Node and the page differ in pixels or warnings, or only one of them reads the file
//   twins_other_code             both refuse it, but with another error code
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { stringify } from "csv-stringify/sync";
import { readReferenceIndex } from "./foreign-suites/reference-index.js";
import { differenceRows, readers, suiteTable, summaryRow } from "./foreign-suites/report.js";
import { readSuites } from "./foreign-suites/suite-processes.js";
import { appendResults } from "./results-file.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reference: { type: "string" },
    differences: { type: "string", default: "foreign-suites-differences.csv" },
    processes: { type: "string", default: "2" },
    "time-limit": { type: "string", default: "60" },
  },
});
const [folder] = positionals;
if (folder === undefined || values.reference === undefined) {
  throw new Error("Name the folder of the suites, and the reference's with --reference.");
}
let done = 0;
const references = await readReferenceIndex(values.reference);
const results = await readSuites(references, {
  folder,
  processes: Number(values.processes),
  timeLimitMs: 1000 * Number(values["time-limit"]),
  onResult: () => {
    if (++done % 500 === 0) console.error(`${done} of ${references.length}`);
  },
});
for (const reader of readers) {
  console.log(`\n${reader}`);
  console.table(suiteTable(results, reader));
}
const unequal = differenceRows(results);
await writeFile(values.differences, stringify(unequal, { header: true }));
console.log(`${unequal.length} of ${results.length} files are not read alike: ${values.differences}`);
const rows = readers.map((reader) => summaryRow(results, reader));
console.table(rows);
console.log(`appended to ${await appendResults("foreign-suites", rows)}`);
