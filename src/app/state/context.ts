import { createContext } from 'svelte';
import type { AppState } from './app.svelte.ts';

/** The one `AppState`, set at the top of the page. */
export const [getApp, setApp] = createContext<AppState>();
