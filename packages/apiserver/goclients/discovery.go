package main

import (
	"context"
	"sort"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
)

var crds = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// crdOf is a kind as `kubebuilder` would make one: structural schema, status and scale, a short name.
func crdOf(group, kind, plural, singular, short string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group,
			"scope": "Namespaced",
			"names": map[string]any{"kind": kind, "listKind": kind + "List", "plural": plural, "singular": singular, "shortNames": []any{short}},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object",
					"properties": map[string]any{
						"spec": map[string]any{"type": "object", "properties": map[string]any{
							"size":   map[string]any{"type": "integer", "minimum": int64(0)},
							"colour": map[string]any{"type": "string"},
						}},
						"status": map[string]any{"type": "object", "properties": map[string]any{
							"size":  map[string]any{"type": "integer"},
							"phase": map[string]any{"type": "string"},
						}},
					},
				}},
				"subresources": map[string]any{
					"status": map[string]any{},
					"scale":  map[string]any{"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
				},
			}},
		},
	}}
}

func establish(ctx context.Context, client dynamic.Interface, crd *unstructured.Unstructured) error {
	if _, err := client.Resource(crds).Create(ctx, crd, metav1.CreateOptions{}); err != nil {
		return err
	}
	return until(ctx, crd.GetName()+" is established", func() (bool, error) {
		current, err := client.Resource(crds).Get(ctx, crd.GetName(), metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		conditions, _, _ := unstructured.NestedSlice(current.Object, "status", "conditions")
		for _, each := range conditions {
			if condition, ok := each.(map[string]any); ok && condition["type"] == "Established" && condition["status"] == "True" {
				return true, nil
			}
		}
		return false, nil
	})
}

// discoverKinds goes through the caches and mappers that kubectl and controllers have between words and resources.
func discoverKinds(ctx context.Context, s session) (any, error) {
	direct, err := discovery.NewDiscoveryClientForConfig(s.config)
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	cached := memory.NewMemCacheClient(direct)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	words := restmapper.NewShortcutExpander(mapper, cached, nil)
	_, before := words.KindFor(schema.GroupVersionResource{Resource: "gd"})
	if err := establish(ctx, client, crdOf("goclients.example.com", "Gadget", "gadgets", "gadget", "gd")); err != nil {
		return nil, err
	}
	cached.Invalidate()
	mapper.Reset()
	kind, err := mapper.KindFor(schema.GroupVersionResource{Group: "goclients.example.com", Resource: "gadgets"})
	if err != nil {
		return nil, err
	}
	short, err := words.KindFor(schema.GroupVersionResource{Resource: "gd"})
	if err != nil {
		return nil, err
	}
	deployments, err := words.ResourceFor(schema.GroupVersionResource{Resource: "deploy"})
	if err != nil {
		return nil, err
	}
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "policy", Kind: "PodDisruptionBudget"})
	if err != nil {
		return nil, err
	}
	preferred, err := discovery.ServerPreferredNamespacedResources(cached)
	if err != nil {
		return nil, err
	}
	everything, _ := restmapper.NewDiscoveryCategoryExpander(cached).Expand("all")
	all := []string{}
	for _, each := range everything {
		all = append(all, each.Resource)
	}
	sort.Strings(all)
	documents, err := direct.OpenAPIV3().Paths()
	if err != nil {
		return nil, err
	}
	text, err := documents["apis/goclients.example.com/v1"].Schema("application/json")
	if err != nil {
		return nil, err
	}
	v2, err := direct.OpenAPISchema()
	if err != nil {
		return nil, err
	}
	legacy := discovery.NewDiscoveryClientForConfigOrDie(s.config)
	legacy.UseLegacyDiscovery = true
	_, aggregated, err := direct.ServerGroupsAndResources()
	if err != nil {
		return nil, err
	}
	_, unaggregated, err := legacy.ServerGroupsAndResources()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"beforeItWasThere": before != nil,
		"kind":             kind.String(),
		"short":            short.String(),
		"deploy":           deployments.String(),
		"budget":           mapping.Resource.String() + " " + string(mapping.Scope.Name()),
		"preferredGroups":  len(preferred) > 10,
		"all":              all,
		"openapi3":         len(text) > 0,
		"openapi2":         len(v2.GetDefinitions().GetAdditionalProperties()) > 100,
		"onlyAggregated":   missing(namesIn(aggregated), namesIn(unaggregated)),
		"onlyUnaggregated": missing(namesIn(unaggregated), namesIn(aggregated)),
	}, nil
}

func namesIn(lists []*metav1.APIResourceList) map[string]bool {
	names := map[string]bool{}
	for _, list := range lists {
		for _, each := range list.APIResources {
			names[list.GroupVersion+"/"+each.Name] = true
		}
	}
	return names
}

func missing(these, those map[string]bool) []string {
	names := []string{}
	for name := range these {
		if !those[name] {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// dynamicClients handles kinds it has no types for, and metadata alone.
func dynamicClients(ctx context.Context, s session) (any, error) {
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	shallow, err := metadata.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	if err := establish(ctx, client, crdOf("goclients.example.com", "Gizmo", "gizmos", "gizmo", "gz")); err != nil {
		return nil, err
	}
	resource := schema.GroupVersionResource{Group: "goclients.example.com", Version: "v1", Resource: "gizmos"}
	gizmos := client.Resource(resource).Namespace("default")
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, "default", nil)
	lister := factory.ForResource(resource).Lister()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	first, err := gizmos.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "goclients.example.com/v1", "kind": "Gizmo",
		"metadata": map[string]any{"name": "first", "labels": map[string]any{"of": "dynamic"}},
		"spec":     map[string]any{"size": int64(2), "colour": "red"},
	}}, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		return nil, err
	}
	if err := until(ctx, "the informer knows the gizmo", func() (bool, error) {
		found, _ := lister.ByNamespace("default").Get("first")
		return found != nil, nil
	}); err != nil {
		return nil, err
	}
	patched, err := gizmos.Patch(ctx, "first", types.MergePatchType, []byte(`{"status":{"phase":"Done"},"spec":{"colour":"blue"}}`), metav1.PatchOptions{}, "status")
	if err != nil {
		return nil, err
	}
	phase, _, _ := unstructured.NestedString(patched.Object, "status", "phase")
	colour, _, _ := unstructured.NestedString(patched.Object, "spec", "colour")
	_, invalid := gizmos.Patch(ctx, "first", types.MergePatchType, []byte(`{"spec":{"size":-1}}`), metav1.PatchOptions{})
	_, strategic := gizmos.Patch(ctx, "first", types.StrategicMergePatchType, []byte(`{"spec":{"size":1}}`), metav1.PatchOptions{})
	_, strict := gizmos.Patch(ctx, "first", types.MergePatchType, []byte(`{"spec":{"weight":1}}`), metav1.PatchOptions{FieldValidation: metav1.FieldValidationStrict})
	partial, err := shallow.Resource(resource).Namespace("default").List(ctx, metav1.ListOptions{LabelSelector: "of=dynamic"})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"generations": []int64{first.GetGeneration(), patched.GetGeneration()},
		"phase":       phase,
		"colour":      colour,
		"invalid":     reason(invalid),
		"strategic":   reason(strategic),
		"strict":      reason(strict),
		"partial":     partial.Items[0].Kind + " " + partial.Items[0].Name,
	}, nil
}

// scaleThrough changes a Deployment's and a custom object's size through the scale subresource, knowing neither kind.
func scaleThrough(ctx context.Context, s session) (any, error) {
	clients, err := kubernetes.NewForConfig(inProtobuf(s.config))
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	if err := establish(ctx, client, crdOf("goclients.example.com", "Dial", "dials", "dial", "dl")); err != nil {
		return nil, err
	}
	dials := schema.GroupResource{Group: "goclients.example.com", Resource: "dials"}
	if _, err := client.Resource(dials.WithVersion("v1")).Namespace("default").Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "goclients.example.com/v1", "kind": "Dial", "metadata": map[string]any{"name": "dial"}, "spec": map[string]any{"size": int64(1)},
	}}, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	if _, err := clients.AppsV1().Deployments("default").Create(ctx, deploymentOf("scaled", 1), metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	cached := memory.NewMemCacheClient(clients.Discovery())
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	scales, err := scale.NewForConfig(s.config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(cached))
	if err != nil {
		return nil, err
	}
	told := map[string]any{}
	for _, each := range []struct {
		resource schema.GroupResource
		name     string
	}{{dials, "dial"}, {schema.GroupResource{Group: "apps", Resource: "deployments"}, "scaled"}} {
		current, err := scales.Scales("default").Get(ctx, each.resource, each.name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		current.Spec.Replicas = 5
		updated, err := scales.Scales("default").Update(ctx, each.resource, current, metav1.UpdateOptions{})
		if err != nil {
			return nil, err
		}
		patched, err := scales.Scales("default").Patch(ctx, each.resource.WithVersion("v1"), each.name, types.MergePatchType, []byte(`{"spec":{"replicas":7}}`), metav1.PatchOptions{})
		if err != nil {
			return nil, err
		}
		told[each.name] = []int32{updated.Spec.Replicas, patched.Spec.Replicas}
	}
	return told, nil
}
