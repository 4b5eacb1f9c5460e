package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"
)

// pages reads a long list in pieces while it changes.
func pages(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	const namespace, count = "pages", 23
	if err := namespaceFor(ctx, clients, namespace); err != nil {
		return nil, err
	}
	maps := clients.CoreV1().ConfigMaps(namespace)
	for i := range count {
		if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("page-%02d", i)}}, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	left, asked := []int64{}, 0
	names := map[string]bool{}
	lists := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		list, err := maps.List(ctx, options)
		asked++
		if asked == 1 {
			// A page of the same list shows neither what came nor what went since its first page.
			_ = maps.Delete(ctx, "page-22", metav1.DeleteOptions{})
			_, _ = maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "page-99"}}, metav1.CreateOptions{})
		}
		if list != nil && list.RemainingItemCount != nil {
			left = append(left, *list.RemainingItemCount)
		}
		return list, err
	}))
	lists.PageSize = 10
	if err := lists.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		names[object.(*corev1.ConfigMap).Name] = true
		return nil
	}); err != nil {
		return nil, err
	}
	_, broken := maps.List(ctx, metav1.ListOptions{Limit: 10, Continue: "bm90IG91cnM"})
	return map[string]any{"asked": asked, "left": left, "seen": len(names), "sees22": names["page-22"], "sees99": names["page-99"], "broken": reason(broken)}, nil
}

// evictions asks for two pods to go, one of them under a budget that spares none.
func evictions(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	const namespace = "evict"
	if err := namespaceFor(ctx, clients, namespace); err != nil {
		return nil, err
	}
	pods := clients.CoreV1().Pods(namespace)
	guarded := map[string]string{"app": "guarded"}
	for name, labels := range map[string]map[string]string{"guarded": guarded, "free": nil} {
		if _, err := pods.Create(ctx, podOf(name, labels), metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	guardedPod, err := pods.Get(ctx, "guarded", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	guardedPod.Status.Phase = corev1.PodRunning
	guardedPod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if _, err := pods.UpdateStatus(ctx, guardedPod, metav1.UpdateOptions{}); err != nil {
		return nil, err
	}
	all := intstr.FromString("100%")
	if _, err := clients.PolicyV1().PodDisruptionBudgets(namespace).Create(ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "all"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &all, Selector: &metav1.LabelSelector{MatchLabels: guarded}},
	}, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	evict := func(name string) error {
		return pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}})
	}
	free := evict("free")
	refused := evict("guarded")
	var status *apierrors.StatusError
	cause := ""
	if errors.As(refused, &status) && status.ErrStatus.Details != nil && len(status.ErrStatus.Details.Causes) > 0 {
		cause = string(status.ErrStatus.Details.Causes[0].Type)
	}
	left, err := pods.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, pod := range left.Items {
		if pod.DeletionTimestamp == nil {
			names = append(names, pod.Name)
		}
	}
	sort.Strings(names)
	return map[string]any{"free": reason(free), "guarded": reason(refused), "cause": cause, "left": names}, nil
}

// tokens asks for a ServiceAccount's token and comes back with it as that ServiceAccount.
func tokens(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	accounts := clients.CoreV1().ServiceAccounts("default")
	if _, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	seconds := int64(600)
	request, err := accounts.CreateToken(ctx, "robot", &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	own := rest.AnonymousClientConfig(s.config)
	own.BearerToken = request.Status.Token
	robot, err := kubernetes.NewForConfig(inProtobuf(own))
	if err != nil {
		return nil, err
	}
	self, err := robot.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	_, forbidden := robot.CoreV1().Secrets("default").List(ctx, metav1.ListOptions{})
	if err := accounts.Delete(ctx, "robot", metav1.DeleteOptions{}); err != nil {
		return nil, err
	}
	_, gone := robot.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	sort.Strings(self.Status.UserInfo.Groups)
	return map[string]any{
		"expires":     time.Until(request.Status.ExpirationTimestamp.Time).Round(10 * time.Minute).Minutes(),
		"user":        self.Status.UserInfo.Username,
		"groups":      self.Status.UserInfo.Groups,
		"forbidden":   reason(forbidden),
		"afterDelete": reason(gone),
	}, nil
}
