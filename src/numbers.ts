/** How numbers are written for people, the same everywhere. */

/**
 * A whole number with its thousands apart: `32,687`. Written here because `Intl` takes as long to start as a small dump takes to be read.
 */
export const thousands = (value: number): string => String(value).replace(/\B(?=(?:\d{3}){1,5}$)/g, ',');
