import './browser/lock-down.ts';
import { mount } from 'svelte';
import App from './App.svelte';
import { isFramed, tellFramed } from './browser/framed.ts';
import { recallTheme } from './browser/theme.ts';
import './styles/tokens.css';
import './styles/ground.css';

recallTheme();
if (isFramed()) tellFramed();
else mount(App, { target: document.body });
