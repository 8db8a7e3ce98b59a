import { mount } from 'svelte';
import App from './App.svelte';
import { recallTheme } from './browser/theme.ts';
import './styles/tokens.css';
import './styles/ground.css';

recallTheme();
mount(App, { target: document.body });
