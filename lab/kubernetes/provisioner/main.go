// The lab's volume provisioner: every claim of the class "standard" gets a folder of its own on the node.
//
// Folders are writable for everybody, because Kubernetes applies fsGroup to no hostPath volume and the pods
// here run as ordinary users.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const (
	provisionerName = "robustmq-lab/folder"
	healthAddress   = "127.0.0.1:8182"
)

type folderProvisioner struct {
	root string
}

// Provision makes the folder and describes it as a volume of the node.
func (p folderProvisioner) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	claim := options.PVC
	// The claim's name is for people who look into the folder; the volume's name makes it unique.
	path := filepath.Join(p.root, strings.Join([]string{claim.Namespace, claim.Name, options.PVName}, "_"))
	if err := makeWritableFolder(path); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	kind := v1.HostPathDirectory
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: claim.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource: v1.PersistentVolumeSource{
				HostPath: &v1.HostPathVolumeSource{Path: path, Type: &kind},
			},
		},
	}, controller.ProvisioningFinished, nil
}

func makeWritableFolder(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	return os.Chmod(path, 0o777) // MkdirAll obeys the umask
}

// Delete removes the folder with all that is in it.
func (p folderProvisioner) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	if volume.Spec.HostPath == nil {
		return fmt.Errorf("volume %s is not one of ours: it has no hostPath", volume.Name)
	}
	path := volume.Spec.HostPath.Path
	if filepath.Dir(path) != filepath.Clean(p.root) {
		return fmt.Errorf("volume %s lies in %s, outside %s; it is left alone", volume.Name, path, p.root)
	}
	return os.RemoveAll(path)
}

func run() error {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	folder := flag.String("folder", "", "where the volumes' folders are made")
	flag.Parse()
	if *kubeconfig == "" || *folder == "" {
		return errors.New("--kubeconfig and --folder are required")
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx := klog.NewContext(context.Background(), klog.Background())
	provisioning := controller.NewProvisionController(ctx, client, provisionerName, folderProvisioner{root: *folder},
		controller.LeaderElection(false), controller.Threadiness(10), controller.ResyncPeriod(time.Minute),
		controller.ExponentialBackOffOnError(true))
	go provisioning.Run(ctx)

	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return http.ListenAndServe(healthAddress, nil)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "provisioner:", err)
		os.Exit(1)
	}
}
