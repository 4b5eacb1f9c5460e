package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
)

const protobuf = "application/vnd.kubernetes.protobuf"

func inProtobuf(config *rest.Config) *rest.Config {
	changed := rest.CopyConfig(config)
	changed.ContentType = protobuf
	changed.AcceptContentTypes = protobuf + ",application/json"
	return changed
}

// spy keeps which content types went and came.
type spy struct {
	next  http.RoundTripper
	mutex sync.Mutex
	seen  map[string]int
	// Is told of the first answer of each status.
	first func(status int)
}

func (s *spy) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := s.next.RoundTrip(request)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if sent := request.Header.Get("Content-Type"); sent != "" {
		s.seen["sent "+sent]++
	}
	if err == nil {
		s.seen["got "+response.Header.Get("Content-Type")]++
		status := "status " + strconv.Itoa(response.StatusCode)
		if s.seen[status]++; s.seen[status] == 1 && s.first != nil {
			s.first(response.StatusCode)
		}
	}
	return response, err
}

func spied(config *rest.Config) (*rest.Config, *spy) {
	watched := &spy{seen: map[string]int{}}
	changed := rest.CopyConfig(config)
	changed.Wrap(func(next http.RoundTripper) http.RoundTripper {
		watched.next = next
		return watched
	})
	return changed, watched
}

// reason is what a client branches on.
func reason(err error) string {
	if err == nil {
		return "none"
	}
	return string(apierrors.ReasonForError(err))
}

func namespaceFor(ctx context.Context, clients kubernetes.Interface, name string) error {
	_, err := clients.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func podOf(name string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.com/main:1"}}},
	}
}

func deploymentOf(name string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podOf(name, nil).Spec},
		},
	}
}

// typedClients takes objects through their lives with protobuf bodies both ways.
func typedClients(ctx context.Context, s session) (any, error) {
	config, watched := spied(inProtobuf(s.config))
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	const namespace = "typed"
	if err := namespaceFor(ctx, clients, namespace); err != nil {
		return nil, err
	}
	maps, deployments := clients.CoreV1().ConfigMaps(namespace), clients.AppsV1().Deployments(namespace)
	made, err := maps.Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "made-"},
		Data:       map[string]string{"umlaut": "Grüße"},
		BinaryData: map[string][]byte{"bytes": {0, 255, 1}},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	stale := made.DeepCopy()
	made.Data["more"] = "1"
	if made, err = maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return nil, err
	}
	_, conflict := maps.Update(ctx, stale, metav1.UpdateOptions{})
	_, duplicate := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: made.Name}}, metav1.CreateOptions{})
	_, absent := maps.Get(ctx, "nowhere", metav1.GetOptions{})
	_, invalid := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "Not A Name"}}, metav1.CreateOptions{})
	var status *apierrors.StatusError
	causes := []string{}
	if errors.As(invalid, &status) && status.ErrStatus.Details != nil {
		for _, cause := range status.ErrStatus.Details.Causes {
			causes = append(causes, fmt.Sprintf("%s %s", cause.Type, cause.Field))
		}
	}
	deployment, err := deployments.Create(ctx, deploymentOf("web", 1), metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	patched, err := deployments.Patch(ctx, "web", types.StrategicMergePatchType,
		[]byte(`{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"example.com/side:1"}]}}}}`), metav1.PatchOptions{})
	if err != nil {
		return nil, err
	}
	patched.Status.ReadyReplicas, patched.Status.Replicas = 1, 1
	settled, err := deployments.UpdateStatus(ctx, patched, metav1.UpdateOptions{})
	if err != nil {
		return nil, err
	}
	dry, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "dry"}}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, err
	}
	_, dryIsAbsent := maps.Get(ctx, "dry", metav1.GetOptions{})
	preconditioned := maps.Delete(ctx, made.Name, *metav1.NewPreconditionDeleteOptions("00000000-0000-0000-0000-000000000000"))
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		return nil, err
	}
	left, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"data":           made.Data,
		"bytes":          made.BinaryData["bytes"],
		"conflict":       reason(conflict),
		"duplicate":      reason(duplicate),
		"absent":         reason(absent),
		"invalid":        reason(invalid),
		"causes":         causes,
		"containers":     len(patched.Spec.Template.Spec.Containers),
		"strategy":       deployment.Spec.Strategy.Type,
		"generations":    []int64{deployment.Generation, patched.Generation, settled.Generation},
		"readyReplicas":  settled.Status.ReadyReplicas,
		"dry":            dry.Name,
		"dryIsAbsent":    reason(dryIsAbsent),
		"precondition":   reason(preconditioned),
		"left":           len(left.Items),
		"contentTypes":   watched.seen,
		"managerOfFirst": made.ManagedFields[0].Manager,
	}, nil
}

// crowdOfWriters counts with many hands in one object, each of them retrying on conflicts. It tells when it is turned away for the
// first time: client-go's own retries carry it through.
func crowdOfWriters(ctx context.Context, s session) (any, error) {
	config, watched := spied(inProtobuf(s.config))
	watched.first = func(status int) { s.tell(map[string]int{"first": status}) }
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	maps := clients.CoreV1().ConfigMaps("default")
	if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "count"}, Data: map[string]string{"n": "0"}}, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	const writers, each = 8, 5
	patient := wait.Backoff{Duration: 10 * time.Millisecond, Jitter: 4, Factor: 1, Steps: 1000}
	faults := make(chan error, writers)
	for range writers {
		go func() {
			for range each {
				err := retry.RetryOnConflict(patient, func() error {
					current, err := maps.Get(ctx, "count", metav1.GetOptions{})
					if err != nil {
						return err
					}
					n, err := strconv.Atoi(current.Data["n"])
					if err != nil {
						return err
					}
					current.Data["n"] = strconv.Itoa(n + 1)
					_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
					return err
				})
				if err != nil {
					faults <- err
					return
				}
			}
			faults <- nil
		}()
	}
	for range writers {
		if err := <-faults; err != nil {
			return nil, err
		}
	}
	counted, err := maps.Get(ctx, "count", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"counted": counted.Data["n"],
		"refused": watched.seen["status 429"],
	}, nil
}
