/** Kinds of the 16-bit addresses of the mesh (Mesh Protocol 1.1, 3.4.2). */

export const UNASSIGNED = 0x0000;
/** All nodes of the network. */
export const ALL_NODES = 0xffff;

export const isVirtual = (address: number): boolean => address >= 0x8000 && address <= 0xbfff;
export const isGroup = (address: number): boolean => address >= 0xc000 && address <= 0xffff;
