import { defineConfig, type Plugin } from "vite";
import { favicons } from "./favicons";

// The favicon tells how much is unread, and a strict content policy allows no picture drawn by a script: so each is a file.
function icons(): Plugin {
  return {
    name: "favicons",
    generateBundle() {
      for (const [name, source] of favicons()) this.emitFile({ type: "asset", fileName: `assets/${name}`, source });
    },
  };
}

export default defineConfig({
  plugins: [icons()],
  build: {
    outDir: "dist/built",
    emptyOutDir: true,
    target: "es2022",
    // Libraries mark modules "use client", which means something only to servers that render React.
    rolldownOptions: { onwarn: (w, warn) => w.code !== "MODULE_LEVEL_DIRECTIVE" && warn(w) },
    modulePreload: { polyfill: false }, // it would be inline, or for browsers that are not supported
    assetsInlineLimit: 0, // the content policy allows no data: addresses
  },
  worker: { format: "es" },
});
