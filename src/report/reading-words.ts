// How often a test set was read and whether a protocol was frozen before, in sentences for report, model card and terminal.
import type { ProtocolStanding, TestReading } from "../evaluation/test-reading.js";
import { counted } from "./numbers.js";

/** The first sentence says which reading it is; the last, how it stands to a frozen protocol. */
export function readingSentences(reading: TestReading): readonly string[] {
  const { number, models, overlapping, broken, missing, problem, protocol } = reading;
  return [
    number === 1
      ? "The first reading of this test set that the ledger knows of."
      : `Reading ${number} of this test set, which ${counted(models, "model")} ${models === 1 ? "has" : "have"} read: whoever chooses by these numbers makes them too good.`,
    ...(overlapping === 0
      ? []
      : [`${counted(overlapping, "reading")} of other sets with some of these images came before.`]),
    ...(missing === 0
      ? []
      : [
          `${counted(missing, "reading")} in the run's own ledger ${missing === 1 ? "is" : "are"} not in the one beside the decoded images: made elsewhere, or removed there.`,
        ]),
    ...(broken === null
      ? []
      : [`The ledger is broken at line ${broken.line} (${broken.reason}): there may have been other readings.`]),
    ...(problem === null ? [] : [`This reading could not be written into every ledger (${problem}).`]),
    protocolSentence(protocol),
  ];
}

/**
 * Which reading of a test set it is and how it stands to a frozen protocol, as reports say it.
 *
 * @example
 * await using classifier = await openClassifier("runs/mine", { heatMaps: false });
 * const { reading } = await evaluateModel(classifier, { data: "other_hospital" });
 * if (reading !== null) console.log(formatReading(reading));
 */
export const readingText = (reading: TestReading): string => readingSentences(reading).join(" ");

function protocolSentence(protocol: ProtocolStanding): string {
  if (protocol.state === "none") return "No protocol was frozen for this test set.";
  const { sha256, frozenAt, readingsBefore, metrics } = protocol;
  const when =
    readingsBefore === 0
      ? "before the first reading of this test set"
      : `after ${counted(readingsBefore, "reading")} of this test set`;
  const what = `protocol ${sha256.slice(0, 12)} (frozen ${frozenAt.slice(0, 10)}, ${when}; to be judged by ${metrics.join(", ")})`;
  return protocol.state === "followed"
    ? `This result follows ${what}.`
    : `This result departs from ${what} in ${protocol.departures.join(", ")}.`;
}
