#!/usr/bin/env bash
# Renders digest.png again: the demo's second digest as chromium shows it, two pages of it side by side.
# Needs chromium. CHROMIUM=/path/to/it, MONITOR="python -m monitor" where they are elsewhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=docs/pictures
chromium=${CHROMIUM:-chromium}
read -r -a monitor <<<"${MONITOR:-.venv/bin/python -m monitor}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${monitor[@]}" demo --folder "$scratch/demo" >/dev/null

# Two sheets of paper, each a window onto the mail. The first ends where the next section would not fit,
# the second goes on from there and fades out.
width=664 height=1120 fade=960
cat >"$scratch/sheet.html" <<HTML
<!doctype html><meta charset="utf-8">
<style>
  body { margin: 0; background: #e4e2dc; display: flex; gap: 18px; padding: 18px; }
  div { width: ${width}px; height: ${height}px; background: #fff; }
  section { overflow: hidden; height: ${height}px; }
  div + div { mask-image: linear-gradient(#000 ${fade}px, #0003); }
  iframe { width: 700px; height: 9000px; border: 0; margin-left: -18px; }
</style>
<div><section><iframe src="demo/data/mail/latest.html"></iframe></section></div>
<div><section><iframe src="demo/data/mail/latest.html"></iframe></section></div>
<script>
  addEventListener("load", () => {
    const top = 24, [first, second] = document.querySelectorAll("iframe");
    const headings = [...first.contentDocument.querySelectorAll("h2")];
    const starts = headings.map((h) => h.getBoundingClientRect().top - 24);
    const end = Math.max(...starts.filter((y) => y < top + ${height}));
    first.style.marginTop = -top + "px";
    first.parentElement.style.height = end - top + "px";
    second.style.marginTop = -end + "px";
  });
</script>
HTML
"$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking --allow-file-access-from-files \
  --user-data-dir="$scratch/profile" --window-size=$((2 * width + 54)),$((height + 36)) \
  --screenshot="$scratch/digest.png" "file://$scratch/sheet.html" 2>/dev/null
mv "$scratch/digest.png" "$here/digest.png"
echo "$here/digest.png: $(wc -c <"$here/digest.png") bytes"
