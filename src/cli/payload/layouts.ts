/** Folders of the layouts of signatures below `payload sign --to`. */
export const LAYOUTS = { cvo: 'signatures', lookaside: 'lookaside', configmap: 'configmaps' } as const;
