import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { ROOMS } from './scripts/rooms.mjs';

/** Names that browsers put into the global scope and that a forgotten variable silently becomes. */
const treacherousGlobals = ['closed', 'event', 'length', 'name', 'origin', 'parent', 'status', 'stop', 'top'];

const roomRules = Object.entries(ROOMS).map(([room, allowed]) => ({
  files: [`src/${room}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: Object.keys(ROOMS)
          .filter((other) => other !== room && !allowed.includes(other))
          .map((other) => ({
            regex: `(^|/)\\.\\./${other}/`,
            message: `${room} may not import ${other}: see the rooms in docs/architecture.md`,
          })),
      },
    ],
  },
}));

export default ts.config(
  { ignores: ['dist/', 'coverage/', 'tests/fixtures/', 'public/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node, __VERSION__: 'readonly' } },
    rules: {
      'no-restricted-globals': ['error', ...treacherousGlobals],
      'no-undef': 'off', // TypeScript knows better
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // A person's file must not be able to keep an expression busy: its time grows with the length of the text, no faster.
    files: ['src/**'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
  },
  ...roomRules,
  {
    // The help explains the codes of every room, and knows the rooms by these types alone.
    files: ['src/app/help/codes/**'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: Object.keys(ROOMS)
            .filter((room) => room !== 'app')
            .map((room) => ({
              regex: `(^|/)\\.\\./${room}/`,
              allowTypeImports: true,
              message: `the help knows ${room} by its types alone`,
            })),
        },
      ],
    },
  },
  {
    // So the type of a room's codes, which the help is held against, has all of them.
    files: ['src/**'],
    ignores: ['src/**/errors.ts', 'src/**/*-errors.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='KnownError']",
          message:
            "an error is made in its room's errors.ts, or one named ...-errors.ts beside it, where its code is seen",
        },
      ],
    },
  },
);
