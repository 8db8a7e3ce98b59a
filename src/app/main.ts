import './browser/lock-down.ts';
import { mount } from 'svelte';
import App from './App.svelte';
import { breathe } from './browser/breathe.ts';
import { isFramed, tellFramed } from './browser/framed.ts';
import { recallTheme } from './browser/theme.ts';
import './styles/tokens.css';
import './styles/ground.css';

recallTheme();
if (isFramed()) tellFramed();
// in a task of its own: with the scripts' own start it would be one that a person feels
else void breathe().then(() => mount(App, { target: document.body }));
