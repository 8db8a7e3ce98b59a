/** Which Meshpress a build is of: the version of the package, and the commit that it was built from. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a build outside any repository, or in one without Git, says of its commit. */
const NO_COMMIT = 'unknown';
/** Behind the commit where tracked files were changed after it: such a build is nobody else's. */
const CHANGED = '+changes';

/**
 * @param root  folder of the package
 * @returns     40 hex digits, with `+changes` where tracked files differ; `unknown` where nothing tells
 */
export function commitOf(root: string): string {
  // `git archive`, and so the tarballs of a host such as GitHub, put their commit there (.gitattributes).
  const archived = readFileSync(join(root, 'scripts/commit.txt'), 'utf8').trim();
  if (!archived.startsWith('$')) return archived;
  const said = git(root, 'rev-parse', '--show-prefix', 'HEAD')?.split('\n');
  // with a prefix, this is a folder unpacked inside another repository
  if (!said || said[0] !== '' || !said[1]) return NO_COMMIT;
  const changes = git(root, 'status', '--porcelain', '--untracked-files=no');
  return changes === '' ? said[1] : `${said[1]}${CHANGED}`;
}

/** What it prints; `undefined` where it fails or is not installed. */
function git(root: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

const root = join(import.meta.dirname, '..');
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};

/** What every build puts in the place of these names. */
export const BUILD_INFO = {
  __VERSION__: JSON.stringify(version),
  __COMMIT__: JSON.stringify(commitOf(root)),
};
