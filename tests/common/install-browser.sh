#!/bin/sh
# Chromium and a Chinese font for the browser tests, as Debian packages. Needs root once.
set -eu
if command -v chromium >/dev/null 2>&1 && fc-list ':lang=zh' 2>/dev/null | grep -q .; then
	exit 0
fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		chromium fonts-noto-cjk fontconfig >/dev/null
	exit 0
fi
echo "The browser tests need Chromium and a Chinese font. On Debian, as root:" >&2
echo "  apt-get install chromium fonts-noto-cjk fontconfig" >&2
exit 1
