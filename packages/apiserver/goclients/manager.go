package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

const (
	finalizer   = "goclients.example.com/tidy"
	colourIndex = "spec.colour"
)

// runManager is a whole operator: its own CRD, a cache, a reconciler with children and a finalizer, webhooks behind TLS, metrics that
// ask who is there, and a Lease. It tells "started", and what it finalizes.
func runManager(ctx context.Context, s session) (any, error) {
	if len(s.args) != 3 {
		return nil, errors.New("usage: goclients manager <folder of tls.crt, tls.key and ca.crt> <port of the webhooks> <port of the metrics>")
	}
	folder := s.args[0]
	port, err := strconv.Atoi(s.args[1])
	if err != nil {
		return nil, err
	}
	ctrl.SetLogger(logr.Discard())
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	addWidgets(scheme)
	untyped, err := dynamic.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	if err := establish(ctx, untyped, crdOf(widgetVersion.Group, "Widget", "widgets", "widget", "wg")); err != nil {
		return nil, err
	}
	manager, err := ctrl.NewManager(s.config, ctrl.Options{
		Scheme:                        scheme,
		LeaderElection:                true,
		LeaderElectionID:              "widgets",
		LeaderElectionNamespace:       "default",
		LeaderElectionReleaseOnCancel: true,
		WebhookServer:                 webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: folder}),
		Metrics: metricsserver.Options{
			BindAddress:    "127.0.0.1:" + s.args[2],
			SecureServing:  true,
			CertDir:        folder,
			FilterProvider: filters.WithAuthenticationAndAuthorization,
		},
	})
	if err != nil {
		return nil, err
	}
	if err := manager.GetFieldIndexer().IndexField(ctx, &Widget{}, colourIndex, func(object client.Object) []string {
		widget, err := asWidget(object)
		if err != nil {
			return nil
		}
		return []string{widget.Spec.Colour}
	}); err != nil {
		return nil, err
	}
	reconciler := &widgetReconciler{Client: manager.GetClient(), scheme: scheme, tell: s.tell}
	if err := ctrl.NewControllerManagedBy(manager).For(&Widget{}).Owns(&corev1.ConfigMap{}).Complete(reconciler); err != nil {
		return nil, err
	}
	if err := ctrl.NewWebhookManagedBy(manager).For(&Widget{}).WithDefaulter(widgetRules{}).WithValidator(widgetRules{}).Complete(); err != nil {
		return nil, err
	}
	go func() {
		<-manager.Elected()
		reached := until(ctx, "the webhooks listen", func() (bool, error) {
			return manager.GetWebhookServer().StartedChecker()(nil) == nil, nil
		})
		if reached == nil {
			reached = register(ctx, manager.GetClient(), folder, "https://127.0.0.1:"+s.args[1])
		}
		if reached != nil {
			s.tell(map[string]string{"fault": reached.Error()})
			return
		}
		s.tell(map[string]string{"started": "yes"})
	}()
	return nil, manager.Start(ctx)
}

// register tells the API of the webhooks, at the paths that controller-runtime gives them.
func register(ctx context.Context, client client.Client, folder, address string) error {
	authority, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return err
	}
	none := admissionv1.SideEffectClassNone
	at := func(path string) admissionv1.WebhookClientConfig {
		url := address + path
		return admissionv1.WebhookClientConfig{URL: &url, CABundle: authority}
	}
	rules := func(operations ...admissionv1.OperationType) []admissionv1.RuleWithOperations {
		return []admissionv1.RuleWithOperations{{
			Operations: operations,
			Rule:       admissionv1.Rule{APIGroups: []string{widgetVersion.Group}, APIVersions: []string{"v1"}, Resources: []string{"widgets"}},
		}}
	}
	if err := client.Create(ctx, &admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets"},
		Webhooks: []admissionv1.MutatingWebhook{{
			Name: "mwidget.example.com", ClientConfig: at("/mutate-goclients-example-com-v1-widget"), SideEffects: &none,
			AdmissionReviewVersions: []string{"v1"}, Rules: rules(admissionv1.Create, admissionv1.Update),
		}},
	}); err != nil {
		return err
	}
	return client.Create(ctx, &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets"},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "vwidget.example.com", ClientConfig: at("/validate-goclients-example-com-v1-widget"), SideEffects: &none,
			AdmissionReviewVersions: []string{"v1"}, Rules: rules(admissionv1.Create, admissionv1.Update, admissionv1.Delete),
		}},
	})
}

type widgetReconciler struct {
	client.Client
	scheme *runtime.Scheme
	tell   func(any)
}

// Reconcile keeps a ConfigMap of each widget's name and says in the status how many widgets have its colour.
func (r *widgetReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var widget Widget
	if err := r.Get(ctx, request.NamespacedName, &widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		if !controllerutil.RemoveFinalizer(&widget, finalizer) {
			return ctrl.Result{}, nil
		}
		err := r.Update(ctx, &widget)
		// The cache may show it for a moment longer: only who takes the finalizer off tells.
		if err == nil {
			r.tell(map[string]string{"finalized": widget.Name})
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if controllerutil.AddFinalizer(&widget, finalizer) {
		return ctrl.Result{}, r.Update(ctx, &widget)
	}
	child := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: widget.Namespace, Name: widget.Name}}
	if _, err := controllerutil.CreateOrUpdate(ctx, r.Client, child, func() error {
		child.Data = map[string]string{"colour": widget.Spec.Colour}
		return controllerutil.SetControllerReference(&widget, child, r.scheme)
	}); err != nil {
		return ctrl.Result{}, err
	}
	var alike WidgetList
	if err := r.List(ctx, &alike, client.InNamespace(widget.Namespace), client.MatchingFields{colourIndex: widget.Spec.Colour}); err != nil {
		return ctrl.Result{}, err
	}
	before := widget.copy()
	widget.Status.Size, widget.Status.Phase = len(alike.Items), "Made"
	if before.Status == widget.Status {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{RequeueAfter: time.Hour}, r.Status().Patch(ctx, &widget, client.MergeFrom(before))
}
