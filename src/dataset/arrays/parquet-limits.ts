// What a parquet file of images may become.

/** What one column of one group of rows may be unpacked to; it stands in memory whole. */
export const mostColumnBytes = 2 ** 31 - 1;
/** Images do not shrink; labels and patients do, but are small. */
const mostDeflated = 100;
const alwaysAllowedBytes = 16 << 20;

/** Bytes that may come of as many. */
export const mostUnpacked = (size: number): number => Math.max(alwaysAllowedBytes, mostDeflated * size);
