// Which class a heat map is for, as users ask for it.

/** `called`: the class that the score and the threshold give. */
export const heatMapClasses = ["called", "pneumonia", "normal"] as const;
/** The class that a heat map is wanted for; `called` is the one that score and threshold give. */
export type HeatMapClass = (typeof heatMapClasses)[number];

/** The label (0 normal, 1 pneumonia) whose map is meant. */
export function labelOfMap(wanted: HeatMapClass, calledPneumonia: boolean): 0 | 1 {
  if (wanted === "called") return calledPneumonia ? 1 : 0;
  return wanted === "pneumonia" ? 1 : 0;
}
