/** Nodes of the nRF Connect SDK (Zephyr): what their settings say, and what a clone changes in them. */
export { zephyrKind } from './zephyr-kind.ts';
