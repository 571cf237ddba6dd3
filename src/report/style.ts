// The report's style sheet: one column of text beside a list of contents, one column on a phone, black on white in print.
// Figures carry their own colours (palette.ts).

export const styleSheet = `
:root { color-scheme: light; --ink: #1b2733; --muted: #52606d; --rule: #d5dbe1; --faint: #f4f6f8; --accent: #0b5c8c;
  --warn-ink: #6b3a00; --warn-ground: #fff5e6; --warn-rule: #e0a44a; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
a { color: var(--accent); text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.page { max-width: 1240px; margin: 0 auto; padding: 0 24px 64px; }
header.top { padding: 32px 0 20px; border-bottom: 1px solid var(--rule); }
.product { margin: 0 0 4px; color: var(--muted); font-size: 14px; letter-spacing: .02em; }
h1 { margin: 0 0 8px; font-size: 32px; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 12px; padding-top: 8px; font-size: 24px; line-height: 1.25; }
h3 { margin: 28px 0 8px; font-size: 18px; line-height: 1.3; }
p, ul, ol { margin: 0 0 12px; max-width: 72ch; }
ul, ol { padding-left: 1.3em; }
li { margin-bottom: 4px; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0; padding: 0; list-style: none; color: var(--muted); font-size: 14px; max-width: none; }
.facts li { margin: 0; }
.facts b { color: var(--ink); font-weight: 600; }
.notice { margin: 16px 0; padding: 12px 16px; border-left: 4px solid var(--warn-rule); background: var(--warn-ground); color: var(--warn-ink); max-width: none; }
.notice strong { font-weight: 700; }
.layout { display: grid; grid-template-columns: 190px minmax(0, 1fr); gap: 44px; padding-top: 28px; }
nav.contents { position: sticky; top: 20px; align-self: start; font-size: 14px; }
nav.contents h2 { margin: 0 0 8px; padding: 0; font-size: 13px; font-weight: 600; color: var(--muted); }
nav.contents ol { list-style: none; margin: 0; padding: 0; border-left: 2px solid var(--rule); }
nav.contents li { margin: 0; }
nav.contents a { display: block; padding: 5px 0 5px 14px; color: var(--ink); text-decoration: none; }
nav.contents a:hover { color: var(--accent); text-decoration: underline; }
main > section { margin-bottom: 56px; }
main > section + section { border-top: 1px solid var(--rule); padding-top: 28px; }
.lead { font-size: 18px; line-height: 1.55; max-width: 68ch; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(186px, 1fr)); gap: 14px; margin: 20px 0; padding: 0; list-style: none; max-width: none; }
.card { margin: 0; padding: 14px 16px; border: 1px solid var(--rule); border-radius: 6px; background: #fff; }
.card .name { display: block; font-size: 14px; font-weight: 600; color: var(--muted); }
.card .value { display: block; margin: 2px 0; font-size: 34px; line-height: 1.15; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -.01em; }
.card .interval { display: block; font-size: 14px; font-variant-numeric: tabular-nums; }
.card .of { display: block; margin-top: 4px; font-size: 13px; color: var(--muted); }
.card svg { display: block; width: 100%; height: 14px; margin: 8px 0 6px; }
.table { margin: 12px 0 20px; }
.table figcaption { margin: 0 0 6px; max-width: 72ch; }
.scroll { overflow-x: auto; background: linear-gradient(to right, #fff 30%, #fff0) 0 0, linear-gradient(to left, #fff 30%, #fff0) 100% 0,
  linear-gradient(to right, #1b273330, #1b273300) 0 0, linear-gradient(to left, #1b273330, #1b273300) 100% 0;
  background-repeat: no-repeat; background-size: 40px 100%, 40px 100%, 12px 100%, 12px 100%; background-attachment: local, local, scroll, scroll; }
.together { white-space: nowrap; }
table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; min-width: 50%; }
th, td { padding: 6px 18px 6px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--ink); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; min-width: 8.5em; }
td.number, th.number { text-align: right; white-space: nowrap; }
tr.this th, tr.this td { font-weight: 650; background: var(--faint); }
tr.total th, tr.total td { font-weight: 600; border-top: 2px solid var(--ink); }
tr.head th { font-weight: 600; padding-top: 14px; white-space: nowrap; }
tr.beside th, tr.beside td { color: var(--muted); }
td small, th small { display: block; color: var(--muted); font-weight: 400; }
.long { overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px 28px; margin: 16px 0; }
figure { margin: 0; min-width: 0; }
figure.drawing { max-width: 520px; }
figure.wide { max-width: 940px; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { margin-top: 6px; font-size: 14px; line-height: 1.45; color: var(--muted); max-width: 62ch; }
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 16px; margin: 12px 0 20px; padding: 0; list-style: none; max-width: none; }
.images li { margin: 0; min-width: 0; }
.images img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; background: #000; }
.images span { display: block; margin-top: 5px; font-size: 13px; line-height: 1.35; color: var(--muted); overflow-wrap: anywhere; }
.images .strong { color: var(--ink); font-weight: 600; }
.images.pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 22px 20px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 3px; }
.images .original img { outline: 3px solid var(--accent); outline-offset: -3px; }
pre { margin: 12px 0 20px; padding: 14px 16px; width: fit-content; max-width: 100%; overflow-x: auto; background: var(--faint); border: 1px solid var(--rule); border-radius: 4px;
  font: 14px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
dl.words { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 6px 32px; margin: 8px 0 0; font-size: 15px; }
dl.words dt { font-weight: 600; }
dl.words dd { margin: 0 0 6px; }
figure h3 { margin: 4px 0 8px; font-size: 15px; }
figure pre { font-size: 11.5px; padding: 12px; }
details { margin: 12px 0 20px; }
summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
.aside { padding: 16px 20px; background: var(--faint); border-radius: 6px; margin: 16px 0 24px; }
.aside > :first-child { margin-top: 0; }
.aside > :last-child { margin-bottom: 0; }
footer { margin-top: 24px; padding-top: 16px; border-top: 1px solid var(--rule); font-size: 14px; color: var(--muted); }
@media (max-width: 940px) {
  .layout { display: block; padding-top: 16px; }
  nav.contents { position: static; margin-bottom: 28px; }
  nav.contents ol { border: 0; display: flex; flex-wrap: wrap; gap: 4px 18px; }
  nav.contents a { padding: 4px 0; color: var(--accent); text-decoration: underline; }
}
@media (max-width: 560px) {
  .page { padding: 0 16px 40px; }
  header.top { padding-top: 20px; }
  h1 { font-size: 25px; }
  h2 { font-size: 21px; }
  .lead { font-size: 17px; }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .card { padding: 12px; }
  .card .value { font-size: 27px; }
  table { font-size: 14px; }
  th, td { padding-right: 12px; }
  pre, figure pre { font-size: 11px; padding: 10px; }
  .images { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
  .images.pairs { grid-template-columns: minmax(0, 1fr); }
}
@page { margin: 16mm 14mm; }
@media print {
  body { font-size: 10.5pt; }
  .page { max-width: none; padding: 0; }
  .layout { display: block; }
  nav.contents { display: none; }
  a { color: inherit; text-decoration: none; }
  .figures { grid-template-columns: 1fr 1fr; }
  .images { grid-template-columns: repeat(5, 1fr); gap: 10px; }
  .images.pairs { grid-template-columns: repeat(3, 1fr); }
  .cards { grid-template-columns: repeat(4, 1fr); }
  .drawing, .card, .images li, tr, .notice, .aside { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  h2, h3, .table figcaption { break-after: avoid; }
  .scroll, pre { overflow: visible; }
  .scroll { background: none; }
  pre { white-space: pre-wrap; }
  figure pre { white-space: pre; font-size: 6.6pt; }
  table { font-size: 9pt; }
  th, td { padding: 3.5px 12px 3.5px 0; }
  figcaption { font-size: 9pt; }
  main > section { margin-bottom: 20px; }
  main > section + section { padding-top: 14px; }
  .images span { font-size: 8pt; }
  .notice, .aside, tr.this th, tr.this td, pre, .images img { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`.trim();
