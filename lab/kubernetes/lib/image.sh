# shellcheck shell=bash
# A container image made from one static program, as a docker-archive tar.

# make_image PROGRAM IMAGE TAR: the program becomes /NAME-OF-PROGRAM and the image's entry point.
make_image() {
  local program=$1 image=$2 tar=$3 name scratch layer config
  name=$(basename "$program")
  scratch=$(mktemp -d)
  tar --create --file "$scratch/layer.tar" --owner=0 --group=0 --mtime=@0 --directory "$(dirname "$program")" "$name"
  layer=$(sha256sum "$scratch/layer.tar" | cut -d' ' -f1)
  cat >"$scratch/config.json" <<END
{"architecture":"$(go env GOARCH)","os":"linux","config":{"Entrypoint":["/$name"],"WorkingDir":"/"},
"rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},"history":[{"created_by":"lab/kubernetes"}]}
END
  config=$(sha256sum "$scratch/config.json" | cut -d' ' -f1).json
  mv "$scratch/config.json" "$scratch/$config"
  echo "[{\"Config\":\"$config\",\"RepoTags\":[\"$image\"],\"Layers\":[\"layer.tar\"]}]" >"$scratch/manifest.json"
  tar --create --file "$tar" --directory "$scratch" manifest.json "$config" layer.tar
  rm -rf "$scratch"
}
