// Whether a PatientID tells who was examined: what removes identities from DICOM files often writes one word for all.

const nobody =
  /^[\s^._*#?-]*$|^0+$|^x+$|^(anon(ym|ymous|ymi[sz]ed|ymi[sz]e)?|de-?identified|unknown|unbekannt|none|null|nil|n\/?a|no ?id|removed|redacted|deleted|private|hidden|empty|patient( ?id)?|id|test)$/i;

/** Whether an identifier is a word for nobody: empty, "ANONYMOUS", "0000". "ANON0001" is a pseudonym and names one. */
export const isNobody = (identifier: string): boolean => nobody.test(identifier.replaceAll(/[()[\]<>"']/g, "").trim());

/** Identifiers under which several people were filed: their images tell different dates of birth. */
export function sharedIdentifiers(
  headers: Iterable<{ readonly identifier: string; readonly birthDate: string }>,
): ReadonlySet<string> {
  const births = new Map<string, string>();
  const shared = new Set<string>();
  for (const { identifier, birthDate } of headers) {
    if (birthDate === "") continue;
    const before = births.get(identifier);
    if (before === undefined) births.set(identifier, birthDate);
    else if (before !== birthDate) shared.add(identifier);
  }
  return shared;
}
