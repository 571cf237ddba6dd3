// A tagged template for HTML and SVG text: whatever is put in is escaped unless it is markup made by this same tag.
// Nothing in a report reaches a page any other way.

/** Markup that is already safe. Only `html` and `trusted` make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Insertable = Markup | string | number | null | undefined | false | readonly Insertable[];

/** Joins a template; strings and numbers are escaped for element content and quoted attributes, nothing for null and false. */
export function html(parts: TemplateStringsArray, ...values: readonly Insertable[]): Markup {
  let text = parts[0] ?? "";
  values.forEach((value, i) => {
    text += markupOf(value) + (parts[i + 1] ?? "");
  });
  return new Markup(text);
}

/** Takes text as markup. For text this folder made itself: a figure's SVG, the style sheet. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** Escapes the five characters that mean something in HTML and replaces characters no page may hold. */
export function escapeHtml(text: string): string {
  return text.replace(forbidden, "�").replace(/[&<>"']/g, (character) => entities[character] as string);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters, lone surrogates and non-characters (XML 1.0, section 2.2), and marks that reorder text unseen. */
const forbidden = /(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

function markupOf(value: Insertable): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return escapeHtml(String(value));
  return value.map(markupOf).join("");
}
