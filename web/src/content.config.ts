import { defineCollection } from 'astro:content';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';

/** Markdown of the folder content/ at the root of the repository; see its README.md. */
const guides = defineCollection({
  loader: glob({ base: '../content/guides', pattern: '*.md' }),
  schema: z.object({ title: z.string(), description: z.string(), order: z.number() }),
});

const faq = defineCollection({
  loader: glob({ base: '../content/faq', pattern: '*.md' }),
  schema: z.object({
    question: z.string(),
    group: z.enum(['Releases', 'Trust', 'Running Slipway']),
    order: z.number(),
  }),
});

export const collections = { guides, faq };
