import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseHTML } from "linkedom";
import { reportFixture } from "../../test/support/report-fixture.js";
import { evaluate } from "../evaluation/evaluate.js";
import type { Prediction } from "../evaluation/prediction.js";
import { renderReport } from "./render-report.js";
import type { ReportInput } from "./report-input.js";

const fixture = reportFixture();
const page = await renderReport(fixture);
const { document } = parseHTML(page);
const textOf = (selector: string) => document.querySelector(selector)?.textContent?.replace(/\s+/g, " ") ?? "";

test("the page loads nothing and runs nothing", () => {
  assert.equal(document.querySelectorAll("script, link, iframe, object, embed, form, base").length, 0);
  assert.doesNotMatch(page, /url\(|@import|srcset|javascript:/);
  const outside = [...document.querySelectorAll("[src], [href]")].filter((element) => {
    const target = element.getAttribute("src") ?? element.getAttribute("href") ?? "";
    return !target.startsWith("#") && !target.startsWith("data:image/jpeg;base64,");
  });
  assert.deepEqual(outside, []);
});

test("the content security policy names the one style sheet, and no element carries its own style", () => {
  const policy = document.querySelector("meta[http-equiv]")?.getAttribute("content") ?? "";
  const sheet = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(sheet).digest("base64");
  assert.match(policy, /^default-src 'none'; img-src data:/);
  assert.ok(policy.includes(`style-src 'sha256-${hash}'`));
  assert.equal(document.querySelectorAll("[style]").length, 0);
});

test("the summary says what, how good, at which threshold and on how many images", () => {
  const { metrics, confusion, threshold } = fixture.evaluation.test;
  const summary = textOf("#summary");
  assert.ok(summary.includes("trained on 4,712 chest radiographs of 3,287 patients"));
  assert.ok(summary.includes(`found ${confusion.truePositives} of the 390 pneumonia images`));
  for (const { value, interval } of [metrics.sensitivity, metrics.specificity, metrics.auc, metrics.accuracy]) {
    assert.ok(summary.includes(value?.toFixed(3) ?? "missing"));
    assert.ok(summary.includes(`${interval?.low.toFixed(3)} to ${interval?.high.toFixed(3)}`));
  }
  assert.ok(summary.includes(`threshold of ${threshold.value.toFixed(3)} was chosen on validation`));
  assert.ok(summary.includes("a sensitivity of at least 95%"));
  assert.ok(summary.includes("The study: Custom CNN") && summary.includes("Logistic regression"));
});

test("contents lead to every section, ids are unique, headings skip no level", () => {
  const links = [...document.querySelectorAll("nav a")].map((link) => link.getAttribute("href"));
  const sections = [...document.querySelectorAll("main > section")].map((section) => `#${section.id}`);
  assert.deepEqual(links, sections);
  assert.deepEqual(links, [
    "#summary",
    "#results",
    "#mistakes",
    "#limits",
    "#card",
    "#checklists",
    "#training",
    "#model",
    "#data",
    "#settings",
  ]);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  assert.equal(new Set(ids).size, ids.length);
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((heading) => Number(heading.tagName.slice(1)));
  assert.equal(levels.filter((level) => level === 1).length, 1);
  for (const [i, level] of levels.entries()) assert.ok(level <= (levels[i - 1] ?? 0) + 1);
});

test("every image and drawing has words in its place, every table a caption", () => {
  const images = [...document.querySelectorAll("img")];
  assert.equal(images.length, 10 + 10 + 2 * 10);
  for (const image of images) assert.ok((image.getAttribute("alt") ?? "").length > 10);
  for (const svg of document.querySelectorAll("figure svg")) assert.ok(svg.querySelector("title"));
  for (const table of document.querySelectorAll("table")) {
    assert.ok((table.closest("figure")?.querySelector("figcaption")?.textContent ?? "").length > 5);
  }
});

test("research use only stands at the top, in the limits and at the end", () => {
  for (const place of ["header", "#limits", "footer"]) assert.match(textOf(place), /not a medical device/i);
  assert.match(textOf("#limits"), /children of 1 to 5 years from one hospital/);
});

test("the classification report is scikit-learn's text, character by character", () => {
  const pre = document.querySelector("#results pre")?.textContent;
  assert.equal(pre, fixture.evaluation.test.report.text);
});

test("whatever strings hold, they stay words", async () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&lt;</style></title></svg>`;
  const poisoned = await renderReport({ ...poison(fixture, evil), shift: fixture.shift }); // which holds no words of others
  const hostile = parseHTML(poisoned).document;
  assert.equal(hostile.querySelectorAll("script, [onerror], img[src=x]").length, 0);
  assert.doesNotMatch(poisoned, /<script|<img src=x/);
  assert.equal(hostile.querySelectorAll("img").length, 40);
  assert.ok(hostile.querySelector("h1")?.textContent?.includes(evil));
});

test("beside each mistake: where the model looked, in words that claim no more", () => {
  assert.equal(document.querySelectorAll("#mistakes .pair").length, 10);
  const words = textOf("#mistakes");
  assert.match(words, /where the model looked.*It is not where a disease is/);
  assert.match(
    words,
    /passed\..*they depend on what the model learned\. What decides: .* to 0\.13 \(0\.11 to 0\.16; by chance 0\.12, rarely above 0\.17\).*Judged apart, .*: 0\.42 /,
  );
  assert.match(words, /\d+% of the heat outside the lungs' frame/);
  assert.match(words, /No heat for (pneumonia|normal)/);
});

test("maps that do not change with random weights are said to be worth nothing; without maps there are plain images", async () => {
  const heatMaps = fixture.heatMaps as NonNullable<ReportInput["heatMaps"]>;
  const same = { verdict: "unchanged", agreement: 0.8, draws: [0.8], chance: null, images: 10 } as const;
  const check = { verdict: "unchanged", bound: 0.5, allLayers: same, lastLayers: same } as const;
  const bad = await renderReport({ ...fixture, heatMaps: { ...heatMaps, check } });
  assert.match(bad, /Do not read anything into them/);
  const plain = parseHTML(await renderReport({ ...fixture, heatMaps: undefined })).document;
  assert.equal(plain.querySelectorAll("#mistakes img").length, 10);
  assert.doesNotMatch(plain.querySelector("#mistakes")?.textContent ?? "", /where the model looked/i);
});

test("parts that do not exist leave no empty section behind", async () => {
  const { samples, augmentation, training, mistakes, floors, reference, ...rest } = fixture;
  assert.ok(samples && augmentation && training && mistakes && floors && reference);
  const small = parseHTML(await renderReport(rest)).document;
  const ids = [...small.querySelectorAll("main > section")].map((section) => section.id);
  assert.deepEqual(ids, ["summary", "results", "limits", "card", "checklists", "model", "data", "settings"]);
  assert.match(small.querySelector("#summary")?.textContent ?? "", /was evaluated on 624 images/);
});

test("one class, one image, a synthetic dataset: the page still says only what is known", async () => {
  const rows: Prediction[] = [{ name: "a", patient: "a", label: 1, score: 0.25 }];
  const input: ReportInput = {
    ...fixture,
    evaluation: { test: evaluate(rows, { resamples: 20 }) },
    testScores: rows,
    mistakes: [],
    dataset: { ...fixture.dataset, kind: "synthetic" },
  };
  const text = await renderReport(input);
  assert.doesNotMatch(text.replace(/base64,[^"]*/g, ""), /NaN|undefined|\bInfinity\b/);
  assert.match(text, /No patient was involved/);
  assert.match(text, /trained on 4,712 synthetic phantoms .*tested on 1 image of 1 patient/);
});

/** Every string of a value replaced, except those that are no free text. */
function poison<T>(value: T, evil: string, key = ""): T {
  if (typeof value === "string") return (fixedFields.has(key) ? value : `${evil}${value}`) as T;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => poison(item, evil, key)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      key === "settings" || key === "environment" ? `${evil}${name}` : name,
      poison(
        inner,
        evil,
        name === "name" && key === "protocol" ? "kind" : key === "splits" && name === "name" ? "kind" : name,
      ),
    ]),
  ) as T;
}

/** Literal unions: the types let nothing else in. */
const fixedFields = new Set(["kind", "method", "wanted", "verdict"]);

test("the data section says how the test images differ from the training images; without a comparison it is silent", async () => {
  const section = textOf("#data");
  assert.match(section, /Test images beside training images A classifier that sees 5 numbers of each image/);
  assert.match(section, /The test images are darker \(mean \d+ instead of \d+\)/);
  assert.match(section, /Pneumonia is more common among the test images: 75\.0% of the images instead of 20\.0%\./);
  assert.match(section, /Brightness \(mean grey level\) ?12\d ± \d+ ?10\d ± \d+ ?\* −1\.\d SD/);
  assert.doesNotMatch(await renderReport({ ...fixture, shift: undefined }), /beside training images/);
});
