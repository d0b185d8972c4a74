#!/usr/bin/env bash
# Makes the three packages in a folder: build/pack.sh [FOLDER [VERSION]]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-artifacts/packages}
options=(-c Release -o "$folder")
if [ $# -gt 1 ]; then options+=("-p:PackageVersion=$2"); fi
for project in src/CompressTasks.MSBuild src/CompressTasks.Tool build/sdk; do
  dotnet pack "$project" "${options[@]}"
done
ls -l "$folder"
