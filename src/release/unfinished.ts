/**
 * The names for which `hasWork` holds, in the order of `list`. Names are asked about one after the other while the engine
 * goes on, and a nightly's last act begins a stable release: names that came meanwhile are asked about too, so that
 * neither of the two is missed between one's end and the other's beginning.
 */
export async function unfinished(
  list: () => Promise<readonly string[]>,
  hasWork: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const asked = new Set<string>();
  const names: string[] = [];
  for (;;) {
    const fresh = (await list()).filter((name) => !asked.has(name));
    if (fresh.length === 0) return names;
    for (const name of fresh) {
      asked.add(name);
      if (await hasWork(name)) names.push(name);
    }
  }
}
