package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// Widget is a kind as a kubebuilder project has one.
type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              WidgetSpec   `json:"spec,omitempty"`
	Status            WidgetStatus `json:"status,omitempty"`
}

type WidgetSpec struct {
	Size   int    `json:"size,omitempty"`
	Colour string `json:"colour,omitempty"`
}

type WidgetStatus struct {
	Size  int    `json:"size,omitempty"`
	Phase string `json:"phase,omitempty"`
}

type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Widget `json:"items"`
}

var widgetVersion = schema.GroupVersion{Group: "goclients.example.com", Version: "v1"}

func addWidgets(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(widgetVersion, &Widget{}, &WidgetList{})
	metav1.AddToGroupVersion(scheme, widgetVersion)
}

func (w *Widget) copy() *Widget {
	copied := *w
	copied.ObjectMeta = *w.ObjectMeta.DeepCopy()
	return &copied
}

func (w *Widget) DeepCopyObject() runtime.Object { return w.copy() }

func (l *WidgetList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.Items = nil
	for i := range l.Items {
		copied.Items = append(copied.Items, *l.Items[i].copy())
	}
	return &copied
}

// widgetRules are the webhooks' own: defaults, what is refused, what is warned of.
type widgetRules struct{}

func (widgetRules) Default(_ context.Context, object runtime.Object) error {
	widget, err := asWidget(object)
	if err == nil && widget.Spec.Colour == "" {
		widget.Spec.Colour = "grey"
	}
	return err
}

func (widgetRules) ValidateCreate(_ context.Context, object runtime.Object) (admission.Warnings, error) {
	return judged(object)
}

func (widgetRules) ValidateUpdate(_ context.Context, before, object runtime.Object) (admission.Warnings, error) {
	old, err := asWidget(before)
	if err != nil {
		return nil, err
	}
	widget, err := asWidget(object)
	if err != nil {
		return nil, err
	}
	if old.Spec.Colour != widget.Spec.Colour && widget.DeletionTimestamp == nil {
		return nil, fmt.Errorf("a %s widget stays %s", old.Spec.Colour, old.Spec.Colour)
	}
	return judged(object)
}

func (widgetRules) ValidateDelete(_ context.Context, object runtime.Object) (admission.Warnings, error) {
	widget, err := asWidget(object)
	if err == nil && slices.Contains(slices.Collect(maps.Keys(widget.Annotations)), "goclients.example.com/keep") {
		err = fmt.Errorf("widget %s is kept", widget.Name)
	}
	return nil, err
}

func judged(object runtime.Object) (admission.Warnings, error) {
	widget, err := asWidget(object)
	if err != nil {
		return nil, err
	}
	if widget.Spec.Size > 10 {
		return nil, apierrors.NewInvalid(widgetVersion.WithKind("Widget").GroupKind(), widget.Name, field.ErrorList{
			field.Invalid(field.NewPath("spec", "size"), widget.Spec.Size, "is more than a hand can hold"),
		})
	}
	if widget.Spec.Size == 10 {
		return admission.Warnings{"this is as large as widgets get"}, nil
	}
	return nil, nil
}

func asWidget(object runtime.Object) (*Widget, error) {
	widget, ok := object.(*Widget)
	if !ok {
		return nil, fmt.Errorf("expected a Widget, got %T", object)
	}
	return widget, nil
}
