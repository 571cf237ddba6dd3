// The four curves of a training: loss, accuracy, validation AUC and learning rate over epochs, each with the epoch the
// saved model comes from and the epochs at which the learning rate was lowered.
import * as Plot from "@observablehq/plot";
import { learningRate, proportion } from "../numbers.js";
import { palette } from "../palette.js";
import type { EpochRow, TrainingFacts } from "../report-input.js";
import { plotSvg } from "./plot-svg.js";

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  readonly values: readonly (number | null)[];
}

/** Class-weighted binary cross-entropy in training and validation. */
export function lossFigure(training: TrainingFacts): string {
  return curves(training, "Loss", "binary cross-entropy", [
    trainSeries(training.history.map((row) => row.loss)),
    validationSeries(training.history.map((row) => row.validationLoss)),
  ]);
}

/** Share of images called right at 0.5, in training and validation. */
export function accuracyFigure(training: TrainingFacts): string {
  return curves(training, "Accuracy at threshold 0.5", "accuracy", [
    trainSeries(training.history.map((row) => row.accuracy)),
    validationSeries(training.history.map((row) => row.validationAccuracy)),
  ]);
}

/** Area under the ROC curve on the validation images. */
export function aucFigure(training: TrainingFacts): string {
  return curves(training, "Validation AUC", "area under the ROC curve", [
    validationSeries(training.history.map((row) => row.validationAuc)),
  ]);
}

/** The learning rate that each epoch began with, on a logarithmic scale. */
export function learningRateFigure(training: TrainingFacts): string {
  const { history, schedule } = training;
  const rates = history.map((row) => row.learningRate);
  const shown = schedule === "cosine" ? ratesToRead(rates) : [...new Set(rates)];
  const course = schedule === "cosine" ? "falling along half a cosine" : `lowered ${dropsOf(training).length} times`;
  return plotSvg(
    {
      heading: "Learning rate",
      description: `Learning rate by epoch: ${learningRate(rates[0] ?? Number.NaN)} at first, ${course}.`,
      legend: [{ name: "learning rate", colour: palette.accent, sample: "line" }, savedLegend],
    },
    {
      ...epochAxes(history),
      marginLeft: 76,
      y: {
        type: "log",
        label: "learning rate (log scale)",
        labelAnchor: "center",
        labelArrow: "none",
        domain: [Math.min(...rates) / 1.6, Math.max(...rates) * 1.6],
        axis: null,
      },
      marks: [
        Plot.axisY(shown, {
          // Words given as a channel: a log scale's own formatter leaves out ticks that are no powers of ten.
          text: (value: number) => learningRate(value),
          label: "learning rate (log scale)",
          labelAnchor: "center",
          labelArrow: "none",
        }),
        ...ground(training, shown),
        Plot.line(history, { x: "epoch", y: "learningRate", curve: "step", stroke: palette.accent, strokeWidth: 2 }),
        Plot.dot(history, { x: "epoch", y: "learningRate", fill: palette.accent, r: 2.5 }),
      ],
    },
  );
}

/** First, last and about every third of rates that fall with every epoch: more would overlap. */
function ratesToRead(rates: readonly number[]): number[] {
  const last = rates.length - 1;
  return [0, 1, 2, 3]
    .map((third) => rates[Math.round((third * last) / 3)] ?? 0)
    .filter((rate, i, all) => rate > 0 && all.indexOf(rate) === i);
}

/** Epochs trained with a lower rate than the one before, where that is an event. */
export function dropsOf({ schedule, history }: Pick<TrainingFacts, "schedule" | "history">): number[] {
  if (schedule === "cosine") return [];
  return history
    .filter((row, i) => i > 0 && row.learningRate < (history[i - 1]?.learningRate ?? 0) * (1 - 1e-9))
    .map((row) => row.epoch);
}

function curves(training: TrainingFacts, heading: string, yLabel: string, all: readonly Series[]): string {
  const { history, bestEpoch } = training;
  const series = all.filter((one) => one.values.some(isFiniteNumber));
  const points = series.flatMap((one) =>
    one.values.flatMap((value, i) => {
      const epoch = history[i]?.epoch;
      return isFiniteNumber(value) && epoch !== undefined ? [{ ...one, epoch, value }] : [];
    }),
  );
  const best = points.filter((point) => point.epoch === bestEpoch);
  const chosen = best[best.length - 1];
  const summary = series
    .map((one) => `${one.name} ends at ${proportion(one.values[one.values.length - 1])}`)
    .join(", ");
  return plotSvg(
    {
      heading,
      description: `${heading} by epoch: ${summary || "no values"}. The saved model is from epoch ${bestEpoch}.`,
      legend: [
        ...series.map(({ name, colour, dash }) => ({
          name,
          colour,
          sample: dash ? ("dashed" as const) : ("line" as const),
        })),
        savedLegend,
      ],
    },
    {
      ...epochAxes(history),
      marginLeft: 66, // ticks near 1 have three decimals
      y: {
        label: yLabel,
        labelArrow: "none",
        labelAnchor: "center",
        nice: true,
        ticks: yTicks,
        insetTop: 22,
        ...flatDomain(points.map((point) => point.value)),
      },
      marks: [
        ...ground(training),
        ...series.map((one) =>
          Plot.line(
            points.filter((point) => point.name === one.name),
            { x: "epoch", y: "value", stroke: one.colour, strokeWidth: 2, strokeDasharray: one.dash },
          ),
        ),
        Plot.dot(points, { x: "epoch", y: "value", fill: "colour", r: 2.5 }),
        Plot.dot(chosen === undefined ? [] : [chosen], {
          x: "epoch",
          y: "value",
          stroke: palette.ink,
          strokeWidth: 1.5,
          r: 5.5,
          fill: "none",
        }),
        ...(chosen === undefined
          ? []
          : [
              Plot.text([chosen], {
                x: "epoch",
                y: "value",
                text: (point: { value: number }) => proportion(point.value),
                dy: -14,
                fontWeight: "bold",
                ...halo,
              }),
            ]),
      ],
    },
  );
}

function trainSeries(values: readonly (number | null)[]): Series {
  return { name: "training", colour: palette.train, dash: "5,3", values };
}

function validationSeries(values: readonly (number | null)[]): Series {
  return { name: "validation", colour: palette.accent, dash: "", values };
}

const savedLegend = { name: "epoch of the saved model", colour: palette.saved, sample: "line" } as const;

const yTicks = 6;

/** A range of its own where the values have none: a single epoch, or nothing at all. */
function flatDomain(values: readonly number[]): { domain?: [number, number] } {
  if (values.length === 0) return { domain: [0, 1] };
  const low = Math.min(...values);
  return low === Math.max(...values) ? { domain: [low - 0.05, low + 0.05] } : {};
}

/** White edges keep words readable over lines. */
const halo = { stroke: palette.paper, strokeWidth: 3.5, fill: palette.ink } as const;

function epochAxes(history: readonly EpochRow[]): Plot.PlotOptions {
  const last = history[history.length - 1]?.epoch ?? 1;
  const first = history[0]?.epoch ?? 1;
  const step = Math.max(1, Math.ceil((last - first + 1) / 12));
  const ticks = history.map((row) => row.epoch).filter((epoch) => (epoch - first) % step === 0);
  return {
    x: {
      label: "epoch",
      labelAnchor: "center",
      labelArrow: "none",
      domain: first === last ? [first - 1, last + 1] : [first - 0.3, last + 0.3],
      ticks,
      tickFormat: (epoch: number) => String(epoch),
    },
  };
}

/** Grid, the epochs of lowered learning rate, and the chosen epoch. */
function ground(training: TrainingFacts, ticks?: readonly number[]): Plot.Markish[] {
  const drops = dropsOf(training).map((epoch) => epoch - 0.5);
  return [
    Plot.gridY({ stroke: palette.rule, strokeOpacity: 1, ...(ticks === undefined ? { ticks: yTicks } : { ticks }) }),
    Plot.ruleX(drops, { stroke: palette.muted, strokeDasharray: "2,3" }),
    Plot.text(drops.slice(0, 1), {
      x: (epoch: number) => epoch,
      frameAnchor: "top",
      text: () => "lower rate",
      textAnchor: "start",
      dx: 4,
      dy: 2,
      ...halo,
      fill: palette.muted,
      fontSize: 11,
    }),
    Plot.ruleX([training.bestEpoch], { stroke: palette.saved, strokeWidth: 1.5 }),
  ];
}

function isFiniteNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
