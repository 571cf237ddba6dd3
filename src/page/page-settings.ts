// page.json beside the page: where the model lies and which reports the page may link to. Absent on a bare static host,
// where the defaults hold. Foreign input: only relative addresses of the page's own site are taken.

export interface PageSettings {
  /** Relative to the page. */
  readonly model: string;
  readonly report: string | null;
  readonly comparison: string | null;
}

export const defaultPageSettings: PageSettings = { model: "model.onnx", report: null, comparison: null };

/** What of a parsed page.json can be used; the rest stays at the defaults. */
export function parsePageSettings(value: unknown): PageSettings {
  if (typeof value !== "object" || value === null) return defaultPageSettings;
  const { model, report, comparison } = value as Record<string, unknown>;
  return {
    model: isRelative(model) ? model : defaultPageSettings.model,
    report: isRelative(report) ? report : null,
    comparison: isRelative(comparison) ? comparison : null,
  };
}

/** No scheme, no other host, nothing above the page. */
function isRelative(value: unknown): value is string {
  return typeof value === "string" && /^[\w-][\w./-]*$/.test(value) && !value.split("/").includes("..");
}
