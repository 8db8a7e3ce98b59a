/** Who uses a port within this program: one at a time, and the other is told who that is. */
import { portInUse } from './errors.ts';
import type { PortUser } from './port.ts';

const users = new WeakMap<object, PortUser>();

/**
 * Take a port for oneself.
 *
 * @returns what gives it back
 * @throws  `serial/port-in-use`
 */
export function takePort(port: object, user: PortUser): () => void {
  const other = users.get(port);
  if (other) throw portInUse(other);
  users.set(port, user);
  return () => void users.delete(port);
}
