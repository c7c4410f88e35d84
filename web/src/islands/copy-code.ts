/** Gives every block of code in rendered Markdown a copy button. */
import './copy-text.ts';

for (const pre of document.querySelectorAll<HTMLElement>('.prose pre')) {
  const box = document.createElement('div');
  box.className = 'copyable';
  pre.replaceWith(box);
  const button = document.createElement('copy-text');
  button.dataset.what = 'code';
  box.append(pre, button);
}
