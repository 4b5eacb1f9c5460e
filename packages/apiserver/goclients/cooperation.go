package main

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/record"
)

// applyBySeveral is two field managers at one Deployment: each owns what it applied, and neither takes the other's unasked.
func applyBySeveral(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	deployments := clients.AppsV1().Deployments("default")
	labels := map[string]string{"app": "applied"}
	base := func() *appsapply.DeploymentApplyConfiguration {
		return appsapply.Deployment("applied", "default").WithSpec(appsapply.DeploymentSpec().
			WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
			WithTemplate(coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().
				WithContainers(coreapply.Container().WithName("main").WithImage("example.com/main:1")))))
	}
	one, two := metav1.ApplyOptions{FieldManager: "one"}, metav1.ApplyOptions{FieldManager: "two"}
	withReplicas := base()
	withReplicas.Spec.WithReplicas(3)
	if _, err := deployments.Apply(ctx, withReplicas, one); err != nil {
		return nil, err
	}
	scaled := func() *appsapply.DeploymentApplyConfiguration {
		return appsapply.Deployment("applied", "default").WithSpec(appsapply.DeploymentSpec().WithReplicas(5))
	}
	_, conflict := deployments.Apply(ctx, scaled(), two)
	forced := two
	forced.Force = true
	taken, err := deployments.Apply(ctx, scaled(), forced)
	if err != nil {
		return nil, err
	}
	// What it no longer names, `one` gives up: the replicas stay, as `two` owns them.
	given, err := deployments.Apply(ctx, base(), one)
	if err != nil {
		return nil, err
	}
	owned, err := appsapply.ExtractDeployment(given, "two")
	if err != nil {
		return nil, err
	}
	status, err := deployments.ApplyStatus(ctx, appsapply.Deployment("applied", "default").
		WithStatus(appsapply.DeploymentStatus().WithReplicas(5).WithReadyReplicas(4)), metav1.ApplyOptions{FieldManager: "three"})
	if err != nil {
		return nil, err
	}
	managers := map[string]string{}
	for _, entry := range status.ManagedFields {
		managers[entry.Manager] = string(entry.Operation) + " " + entry.Subresource
	}
	return map[string]any{
		"conflict":    reason(conflict),
		"taken":       *taken.Spec.Replicas,
		"given":       *given.Spec.Replicas,
		"ownedByTwo":  *owned.Spec.Replicas,
		"templateToo": owned.Spec.Template != nil,
		"ready":       status.Status.ReadyReplicas,
		"managers":    managers,
	}, nil
}

// electLeader lets two candidates stand for one Lease: the second leads once the first has let go.
func electLeader(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	leases := clients.CoordinationV1().Leases("default")
	changes, err := leases.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=goclients"})
	if err != nil {
		return nil, err
	}
	defer changes.Stop()
	leads := make(chan string, 2)
	stand := func(ctx context.Context, name string, retry time.Duration) error {
		lock, err := resourcelock.New(resourcelock.LeasesResourceLock, "default", "goclients", clients.CoreV1(), clients.CoordinationV1(),
			resourcelock.ResourceLockConfig{Identity: name})
		if err != nil {
			return err
		}
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: 60 * time.Second, RenewDeadline: 40 * time.Second, RetryPeriod: retry, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leads <- name },
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			return err
		}
		go elector.Run(ctx)
		return nil
	}
	holders, written, transitions := []string{}, 0, int32(0)
	// until the Lease has had so many holders, and was written so often.
	wait := func(names, writes int) error {
		for len(holders) < names || written < writes {
			select {
			case <-ctx.Done():
				return fmt.Errorf("the Lease had only the holders %v: %w", holders, ctx.Err())
			case change, open := <-changes.ResultChan():
				lease, ok := change.Object.(*coordinationv1.Lease)
				if !open || !ok {
					return fmt.Errorf("the watch of the Lease ended: %v", change.Object)
				}
				written++
				transitions = *lease.Spec.LeaseTransitions
				if holder := *lease.Spec.HolderIdentity; len(holders) == 0 || holders[len(holders)-1] != holder {
					holders = append(holders, holder)
				}
			}
		}
		return nil
	}
	reign, abdicate := context.WithCancel(ctx)
	defer abdicate()
	if err := stand(reign, "first", time.Second); err != nil {
		return nil, err
	}
	leaders := []string{<-leads}
	// Renewed once: a leader who abdicates while it renews cannot let go, as it does not know what it wrote.
	if err := wait(1, 2); err != nil {
		return nil, err
	}
	if err := stand(ctx, "second", 100*time.Millisecond); err != nil {
		return nil, err
	}
	time.Sleep(300 * time.Millisecond)
	abdicate()
	leaders = append(leaders, <-leads)
	if err := wait(3, 4); err != nil {
		return nil, err
	}
	return map[string]any{"leaders": leaders, "holders": holders, "transitions": transitions}, nil
}

// recordEvents says one thing several times through both of client-go's recorders: one Event each that counts.
func recordEvents(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	about, err := clients.CoreV1().ConfigMaps("default").Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "about"}}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	about.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
	old := record.NewBroadcaster(record.WithContext(ctx))
	old.StartRecordingToSink(&corev1client.EventSinkImpl{Interface: clients.CoreV1().Events("")})
	recorder := old.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "old"})
	for range 3 {
		recorder.Event(about, corev1.EventTypeWarning, "SaidByOld", "the same thing")
	}
	current := events.NewBroadcaster(&events.EventSinkImpl{Interface: clients.EventsV1()})
	if err := current.StartRecordingToSinkWithContext(ctx); err != nil {
		return nil, err
	}
	newRecorder := current.NewRecorder(scheme.Scheme, "goclients.example.com/new")
	for range 2 {
		newRecorder.Eventf(about, nil, corev1.EventTypeNormal, "SaidByNew", "Saying", "the same %s", "thing")
	}
	told := map[string]any{}
	err = until(ctx, "both have counted", func() (bool, error) {
		list, err := clients.CoreV1().Events("default").List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=about"})
		if err != nil {
			return false, err
		}
		for _, each := range list.Items {
			count := each.Count
			if each.Series != nil {
				count = each.Series.Count
			}
			told[each.Reason] = []any{each.Type, each.Message, each.InvolvedObject.Kind, count}
		}
		byOld, _ := told["SaidByOld"].([]any)
		byNew, _ := told["SaidByNew"].([]any)
		return len(byOld) == 4 && byOld[3] == int32(3) && len(byNew) == 4 && byNew[3] == int32(2), nil
	})
	return told, err
}
