#!/usr/bin/env bash
# Make a Docker base image with Python 3.11 and pip from Debian packages, where no registry can
# be reached: `.ci/base_image.sh TAG`. Needs Debian's mmdebstrap and an engine; about ten seconds.
# Give it a name of your own: a stand-in under an official name would be used unnoticed later.
set -euo pipefail

tag=${1:?usage: base_image.sh TAG}
release=bookworm
packages=python3.11,libpython3.11-stdlib,python3-minimal,python3-distutils,python3-pip
packages+=,dash,coreutils,sed,grep,libc-bin,libstdc++6,ca-certificates

# The mirror that this machine uses; else Debian's own.
mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
mirror=${mirror:-http://deb.debian.org/debian}

# mmdebstrap only unpacks here, so what the packages' own scripts would do is done by this one.
complete=$(cat <<'SCRIPT'
set -eu
cd "$1"
rm -f usr/lib/python3.11/EXTERNALLY-MANAGED
rm -rf usr/share/doc usr/share/man usr/share/locale
ln -sf python3.11 usr/bin/python3
[ -e bin/sh ] || ln -s dash bin/sh
mkdir -p tmp
chmod 1777 tmp
echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd
echo 'nobody:x:65534:65534:nobody:/nonexistent:/bin/false' >> etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' > etc/group
SCRIPT
)
hook=$(mktemp)
trap 'rm -f "$hook"' EXIT
printf '%s\n' '#!/bin/sh' "$complete" > "$hook"
chmod +x "$hook"

mmdebstrap --quiet --variant=extract --include="$packages" --extract-hook="$hook" \
    "$release" - "$mirror" |
    docker import --change 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin' \
        --change 'CMD ["python3"]' - "$tag" >/dev/null
