#!/bin/sh
# Installs the Debian packages that the tests need, where it may; otherwise names what is missing and what is left out.
# Use: sh tests/packages.sh [PACKAGE …]; without arguments, all that the tests need. Exit 1 with CI=true when one is missing.
set -u

# program  package  what is left out without it
NEEDS='chromium chromium the-browser-tests
soffice libreoffice-writer the-tests-of-DOC-and-other-office-files
localc libreoffice-calc the-tests-of-XLS-files
nginx nginx-light the-tests-of-nginx-before-the-site
systemd-analyze systemd the-test-of-the-systemd-units'
FONTS=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

missing() {
  if [ $# -gt 0 ]; then echo "$@"; return; fi
  echo "$NEEDS" | while read -r program package _; do command -v "$program" >/dev/null 2>&1 || echo "$package"; done
  [ -e "$FONTS" ] || echo fonts-noto-cjk
}

wanted=$(missing "$@" | tr '\n' ' ')
[ -z "$(echo "$wanted" | tr -d ' ')" ] && exit 0

if [ "$(id -u)" = 0 ]; then as_root=''
elif sudo -n true 2>/dev/null; then as_root='sudo -n'
else as_root=none
fi
if [ "$as_root" != none ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing system packages for the tests: $wanted"
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -qq >/dev/null 2>&1
  # shellcheck disable=SC2086
  $as_root apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1
fi

left=$(missing "$@" | tr '\n' ' ')
if [ $# -gt 0 ]; then exit 0; fi
[ -z "$(echo "$left" | tr -d ' ')" ] && exit 0
echo "missing system packages: $left"
echo "install them with: sudo apt-get install --no-install-recommends $left"
echo "$NEEDS" | while read -r program _ what; do command -v "$program" >/dev/null 2>&1 || echo "left out: $what" | tr '-' ' '; done
[ "${CI:-}" = true ] && exit 1
exit 0
