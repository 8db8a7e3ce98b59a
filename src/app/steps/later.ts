/** The way behind the first screen. It comes while a person looks at that one, and all at once. */
export { default as Donor } from './Donor.svelte';
export { default as Plan } from './Plan.svelte';
export { default as Press } from './Press.svelte';
export { default as Refused } from './Refused.svelte';
