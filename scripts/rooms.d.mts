export declare const ROOMS: Readonly<Record<string, readonly string[]>>;
