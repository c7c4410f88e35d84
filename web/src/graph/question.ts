import { type Api, fetchChannels, fetchStatus } from '../lib/api.ts';

/** What a page about updates was asked in its address, with what its form and frame need. */
export async function updateQuestion(api: Api, { searchParams }: URL) {
  const [status, channels] = await Promise.all([fetchStatus(api), fetchChannels(api)]);
  const said = (name: string): string | undefined => searchParams.get(name)?.trim() || undefined;
  return { status, channels, channel: said('channel') ?? channels[0]?.name, from: said('from'), to: said('to') };
}
