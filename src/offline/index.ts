/** The page without a network: kept whole in the browser, and replaced only when a person says so. */
export { forgetOffline, keepOffline, SERVICE_WORKER_SCRIPT, type NewVersion } from './page.ts';
