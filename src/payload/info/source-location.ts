/**
 * Where one commit of a component's source can be seen: GitHub's page, or location and commit side by side for other
 * hosts (payload format § 2.2).
 */
export function commitUrl(location: string, commit: string): string {
  return isGitHub(location) ? `${location}/commit/${commit}` : `${location} ${commit}`;
}

/** Where the difference of two commits can be seen. */
export function compareUrl(location: string, from: string, to: string): string {
  return isGitHub(location) ? `${location}/compare/${from}...${to}` : `${location} ${from} ${to}`;
}

function isGitHub(location: string): boolean {
  return /^https:\/\/github\.com(?:\/|$)/.test(location);
}
