import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/**
 * The rooms of `src/`, lowest first, each with the rooms it may import. Imports point up this list, never down and never
 * in a circle; `errors.ts`, `bytes.ts` and `clock.ts` are the floor and open to all.
 */
const rooms = {
  mesh: [],
  image: ['mesh'],
  hex: ['image'],
  flashfs: ['image', 'mesh'],
  meshdb: [],
  clone: ['image', 'hex', 'flashfs', 'meshdb'],
  probe: [],
  target: ['probe', 'image'],
  station: ['clone', 'target', 'probe', 'image', 'hex', 'meshdb'],
  serial: ['mesh'],
  gatt: ['mesh'],
  provision: ['mesh', 'meshdb'],
  'on-air': ['mesh', 'meshdb'],
  virtual: ['image', 'mesh'],
  worker: ['clone', 'image', 'hex', 'meshdb'],
  offline: [],
  app: [
    'worker',
    'offline',
    'station',
    'virtual',
    'on-air',
    'provision',
    'serial',
    'probe',
    'target',
    'clone',
    'image',
    'hex',
    'meshdb',
    'mesh',
  ],
  cli: ['clone', 'station', 'on-air', 'provision', 'serial', 'image', 'hex', 'meshdb', 'mesh'],
};

/** Names that browsers put into the global scope and that a forgotten variable silently becomes. */
const treacherousGlobals = ['closed', 'event', 'length', 'name', 'origin', 'parent', 'status', 'stop', 'top'];

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  files: [`src/${room}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: Object.keys(rooms)
          .filter((other) => other !== room && !allowed.includes(other))
          .map((other) => ({
            regex: `(^|/)\\.\\./${other}/`,
            message: `${room} may not import ${other}: see the rooms in eslint.config.js`,
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
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
  },
  ...roomRules,
);
