import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { escapeHtml, html, trusted } from "./html.js";

test("text is escaped, markup of the same tag is not, nothing stands for null and false", () => {
  const name = `<img src=x onerror="alert('1')">&`;
  const inner = html`<b>${name}</b>`;
  assert.equal(inner.text, "<b>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</b>");
  assert.equal(html`<p>${inner}${null}${undefined}${false}${0}</p>`.text, `<p>${inner.text}0</p>`);
  assert.equal(
    html`<ul>${["<", ">"].map((mark) => html`<li>${mark}</li>`)}</ul>`.text,
    "<ul><li>&lt;</li><li>&gt;</li></ul>",
  );
  assert.equal(html`${["<", [">"]]}`.text, "&lt;&gt;");
  assert.equal(html`${trusted("<hr>")}`.text, "<hr>");
});

test("characters that no page may hold and marks that reorder text are replaced", () => {
  assert.equal(escapeHtml("a\u0000b\u0008c\ud800d\uffffe\u202egpj.f"), "a�b�c�d�e�gpj.f");
  assert.equal(escapeHtml("tab\tline\nemoji 🫁 é"), "tab\tline\nemoji 🫁 é");
});

const marks = fc.constantFrom("<", ">", '"', "'", "&", "&lt;", "</p>", "<script>", "=", " ");

test("any text comes back whole from element content and from an attribute", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(marks, fc.string({ unit: "grapheme" }))).map((parts) => parts.join("")),
      (text) => {
        const { document } = parseHTML(html`<html><body><p title="${text}">${text}</p></body></html>`.text);
        const paragraphs = document.querySelectorAll("body *");
        assert.equal(paragraphs.length, 1);
        assert.equal(paragraphs[0]?.textContent, text);
        assert.equal(paragraphs[0]?.getAttribute("title"), text);
      },
    ),
  );
});
