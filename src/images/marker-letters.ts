// The lead letters that radiographers lay beside a patient, as dots: 1 is lead.

/** Seven rows of five dots. */
export const markerLetters = {
  R: ["11110", "10001", "10001", "11110", "10100", "10010", "10001"],
  L: ["10000", "10000", "10000", "10000", "10000", "10000", "11111"],
} as const;
