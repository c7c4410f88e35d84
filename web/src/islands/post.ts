/** Asks the API to do something. Returns the answer's body, or the sentence in which the API refused. */
export async function post(
  path: string,
  body: unknown,
): Promise<{ readonly body: unknown } | { readonly problem: string }> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (response.ok) return { body: answer };
    const { message, hint } = answer as { message?: string; hint?: string };
    return {
      problem: [message ?? `The server answered with status ${response.status}.`, hint].filter(Boolean).join(' '),
    };
  } catch {
    return { problem: 'The server could not be reached.' };
  }
}
