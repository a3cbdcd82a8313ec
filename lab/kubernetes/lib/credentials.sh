# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME is set by parse_arguments
# Certificates, the service accounts' key, the administrator's token and the two kubeconfigs. Made once per cluster.

create_credentials() {
  local folder=$CLUSTER_DIR/credentials
  [[ -f $folder/complete ]] && return
  rm -rf "$folder"
  (umask 077 && mkdir -p "$folder")
  create_authority "$folder"
  create_certificate "$folder" apiserver /CN=kube-apiserver serverAuth \
    "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$NODE_IP,IP:${SERVICE_CIDR%.0/16}.1"
  create_certificate "$folder" kubelet-client /O=system:masters/CN=apiserver-kubelet-client clientAuth DNS:apiserver
  openssl genrsa -out "$folder/service-account.key" 2048 2>/dev/null
  openssl rand -hex 24 >"$folder/token"
  printf '%s,admin,admin,"system:masters"\n' "$(<"$folder/token")" >"$folder/tokens.csv"
  touch "$folder/complete"
}

create_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=robustmq-lab-ca \
    -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature \
    -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
}

create_certificate() {
  local folder=$1 name=$2 subject=$3 usage=$4 names=$5
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subject" \
    -keyout "$folder/$name.key" -out "$folder/$name.csr" 2>/dev/null
  openssl x509 -req -in "$folder/$name.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 3650 \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=%s\nkeyUsage=digitalSignature\n' "$names" "$usage") \
    -out "$folder/$name.crt" 2>/dev/null
}

# write_kubeconfig FILE ADDRESS: context, cluster and user all carry the instance's name.
write_kubeconfig() {
  local file=$1 address=$2
  (
    umask 077
    cat >"$file.new" <<END
apiVersion: v1
kind: Config
current-context: $NAME
contexts:
- {name: $NAME, context: {cluster: $NAME, user: $NAME}}
clusters:
- name: $NAME
  cluster:
    server: https://$address
    certificate-authority-data: $(base64 -w0 <"$CLUSTER_DIR/credentials/ca.crt")
users:
- {name: $NAME, user: {token: $(<"$CLUSTER_DIR/credentials/token")}}
END
    mv "$file.new" "$file"
  )
}
