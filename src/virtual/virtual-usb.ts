import type { VirtualBoard } from './virtual-board.ts';

/**
 * `navigator.usb` with virtual boards on the desk: a page shows a board only after a person chose it, and hears of boards that
 * come and go from then on.
 *
 * @param choose  the person: which of the boards that are plugged in and not yet chosen, or none
 */
export class VirtualUsb extends EventTarget {
  readonly #granted = new Set<VirtualBoard>();

  constructor(
    readonly boards: readonly VirtualBoard[],
    readonly choose: (boards: readonly VirtualBoard[]) => VirtualBoard | undefined = ([first]) => first,
  ) {
    super();
  }

  async getDevices(): Promise<USBDevice[]> {
    return [...this.#granted].filter((board) => board.isPluggedIn).map((board) => board.device);
  }

  async requestDevice(): Promise<USBDevice> {
    const board = this.choose(this.boards.filter((one) => one.isPluggedIn && !this.#granted.has(one)));
    if (!board) throw new DOMException('No device selected.', 'NotFoundError');
    this.#granted.add(board);
    return board.device;
  }

  unplug(board: VirtualBoard): void {
    board.unplug();
    this.#tell('disconnect', board);
  }

  plugIn(board: VirtualBoard): void {
    board.plugIn();
    this.#tell('connect', board);
  }

  #tell(type: 'connect' | 'disconnect', board: VirtualBoard): void {
    if (this.#granted.has(board))
      this.dispatchEvent(Object.assign(new Event(type), { device: board.device }));
  }
}
