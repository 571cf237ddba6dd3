// How gradients travel between processes: a setting, apart from what does it so that nobody who only names it loads the engine.

/** In which precision gradients travel; they are added up in float32 at least. */
export const gradientExchanges = ["float32", "bfloat16"] as const;
export type GradientExchange = (typeof gradientExchanges)[number];
