// SPDX-License-Identifier: Apache-2.0
// Shipped networks against what others publish about them: layers, output shapes, parameters, MACs.
#include <dirent.h>
#include <string.h>

#include <tessera/network.h>

#include "support/shipped.h"
#include "support/test.h"

/** Sums over a network. Parameters as frameworks count them: with biases and two a normed channel. */
typedef struct counts {
    int32_t convs, gemms, norms;
    uint64_t conv_weights, conv_macs, parameters, macs;
} counts;

static tsr_network load(const char *name, int32_t h, int32_t w) {
    tsr_network network = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_load(name, h, w, &network, &err), err);
    assert_string_equal(network.name, name);
    return network;
}

// Identity convolutions stand for what their authors do without weights.
static counts count(const tsr_network *network) {
    counts c = {0};
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer *layer = &network->layers[i];
        const bool conv = layer->kind == TSR_LAYER_CONV && !layer->identity;
        const bool gemm = layer->kind == TSR_LAYER_GEMM;
        c.convs += conv;
        c.gemms += gemm;
        c.norms += layer->kind == TSR_LAYER_BATCH_NORM;
        c.conv_weights += conv ? layer->weight_count : 0;
        c.conv_macs += conv ? layer->macs : 0;
        c.macs += layer->identity ? 0 : layer->macs;
        c.parameters += conv || gemm ? layer->weight_count : 0;
        c.parameters += layer->has_bias ? (uint64_t)layer->out_channels : 0;
        c.parameters += layer->kind == TSR_LAYER_BATCH_NORM ? 2 * (uint64_t)layer->out.c : 0;
    }
    return c;
}

static void expect_shape(tsr_shape found, int32_t c, int32_t h, int32_t w) {
    assert_int_equal(found.c, c);
    assert_int_equal(found.h, h);
    assert_int_equal(found.w, w);
}

static tsr_shape shape_of(const tsr_network *network, const char *layer) {
    const int32_t index = tsr_network_find(network, layer);
    assert_true(index >= 0);
    return network->layers[index].out;
}

/** Parameters exactly; MACs in millions, 0 = not published. */
typedef struct published {
    const char *name;
    int32_t convs, gemms, norms;
    uint64_t parameters;
    uint32_t millions;
    int32_t classes;
} published;

static uint64_t millions(uint64_t macs) {
    return (macs + 500000) / 1000000;
}

static void expect_published(const published *p) {
    tsr_network network = load(p->name, 0, 0);
    const counts c = count(&network);
    assert_int_equal(c.convs, p->convs);
    assert_int_equal(c.gemms, p->gemms);
    assert_int_equal(c.norms, p->norms);
    if (c.parameters != p->parameters) {
        fail_msg("%s: %llu parameters, published %llu", p->name, (unsigned long long)c.parameters,
                 (unsigned long long)p->parameters);
    }
    if (p->millions != 0 && millions(c.macs) != p->millions) {
        fail_msg("%s: %llu MACs, published %u million", p->name, (unsigned long long)c.macs,
                 p->millions);
    }
    expect_shape(network.layers[network.layer_count - 1].out, p->classes, 1, 1);
    tsr_network_free(&network);
}

// Source: torchvision's model pages, "num_params" and "GFLOPS" (their word for 10^9 MACs) of the
// IMAGENET1K_V1 weights, pytorch.org/vision/stable/models.html.
static void torchvision_has_as_many_parameters_and_macs(void **state) {
    (void)state;

    static const published rows[] = {
        {"alexnet", 5, 3, 0, 61100840, 714, 1000},
        {"vgg11", 8, 3, 0, 132863336, 7609, 1000},
        {"vgg11_bn", 8, 3, 8, 132868840, 7609, 1000},
        {"vgg13", 10, 3, 0, 133047848, 11308, 1000},
        {"vgg13_bn", 10, 3, 10, 133053736, 11308, 1000},
        {"vgg16", 13, 3, 0, 138357544, 15470, 1000},
        {"vgg16_bn", 13, 3, 13, 138365992, 15470, 1000},
        {"vgg19", 16, 3, 0, 143667240, 19632, 1000},
        {"vgg19_bn", 16, 3, 16, 143678248, 19632, 1000},
        {"resnet18", 20, 1, 20, 11689512, 1814, 1000},
        {"resnet34", 36, 1, 36, 21797672, 3664, 1000},
        {"resnet50", 53, 1, 53, 25557032, 4089, 1000},
        {"resnet101", 104, 1, 104, 44549160, 7801, 1000},
        {"resnet152", 155, 1, 155, 60192808, 11514, 1000},
        {"resnext50_32x4d", 53, 1, 53, 25028904, 4230, 1000},
        {"resnext101_32x8d", 104, 1, 104, 88791336, 16414, 1000},
        {"squeezenet1_1", 26, 0, 0, 1235496, 349, 1000},
        {"mobilenet_v2", 52, 1, 52, 3504872, 301, 1000},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        expect_published(&rows[i]);
    }
}

// Sources. MobileNet: Howard et al. 2017, tables 6 and 8 (millions of multiply-adds; the 569 of x1.0),
// parameters as in the model table of osmr/imgclsmob. GoogLeNet: 6,990,272 weights and 8,280 biases
// of the BVLC model (summary of chaosmail/caffejs). CIFAR-10 ResNets: akamaster's and others' count
// of option A networks; MobileNet: kuangliu's form. ResNet-8: 78,666 of MLPerf Tiny's Keras model,
// which counts means and variances too, and its 12.5 million MACs.
static void other_models_have_as_many_as_others_count(void **state) {
    (void)state;
    static const int32_t resnet8_channels = 3 * 16 + 2 * 32 + 2 * 64;

    const published rows[] = {
        {"mobilenet_v1", 27, 1, 27, 4231976, 569, 1000},
        {"mobilenet_v1_075", 27, 1, 27, 2585560, 325, 1000},
        {"mobilenet_v1_050", 27, 1, 27, 1331592, 149, 1000},
        {"mobilenet_v1_025", 27, 1, 27, 470072, 41, 1000},
        {"googlenet", 57, 1, 0, 6998552, 0, 1000},
        {"cifar10_resnet20", 19, 1, 19, 269722, 0, 10},
        {"cifar10_resnet56", 55, 1, 55, 853018, 0, 10},
        {"cifar10_resnet8", 9, 1, 7, 78666 - 2 * (uint64_t)resnet8_channels, 13, 10},
        {"cifar10_mobilenet", 27, 1, 27, 3217226, 0, 10},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        expect_published(&rows[i]);
    }
}

// blockconv.md 4.2: convolutions only.
static void convolutions_are_those_of_the_block_convolution_tables(void **state) {
    (void)state;

    static const struct {
        const char *name;
        uint64_t weights;
        uint64_t mega_macs;
    } rows[] = {{"vgg16", 14710464, 15347},
                {"resnet18", 11166912, 1814},
                {"resnet50", 23454912, 4087},
                {"mobilenet_v1", 3185088, 568},
                {"vdsr", 664704, 43562}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_network network = load(rows[i].name, 0, 0);
        const counts c = count(&network);
        assert_int_equal(c.conv_weights, rows[i].weights);
        assert_int_equal(millions(c.conv_macs), rows[i].mega_macs);
        tsr_network_free(&network);
    }
}

// blockconv.md 1.3: what the authors' code blocks.
static void the_layers_that_their_authors_block_may_be_blocked(void **state) {
    (void)state;

    static const struct {
        const char *name;
        int32_t blockable, whole;
    } rows[] = {{"vgg16", 13, 0},           {"resnet18", 20, 0},          {"resnet50", 53, 0},
                {"mobilenet_v1", 14, 13},   {"mobilenet_v1_025", 14, 13}, {"cifar10_vgg16", 12, 1},
                {"cifar10_resnet20", 20, 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_network network = load(rows[i].name, 0, 0);
        int32_t found[2] = {0, 0};
        for (int32_t k = 1; k < network.layer_count; ++k) {
            const tsr_layer *layer = &network.layers[k];
            found[layer->blockable ? 1 : 0] += layer->kind == TSR_LAYER_CONV;
            const bool pointwise = layer->kernel_h == 1;
            assert_true(strncmp(rows[i].name, "mobilenet", 9) != 0 ||
                        layer->kind != TSR_LAYER_CONV || layer->blockable != pointwise);
        }
        assert_int_equal(found[1], rows[i].blockable);
        assert_int_equal(found[0], rows[i].whole);
        tsr_network_free(&network);
    }
}

// Their heads are three fully connected layers over 7x7, whatever the picture: 1x1 is spread out.
static void cifar_vgg_differs_from_the_large_one_in_its_last_layer_only(void **state) {
    (void)state;
    static const int32_t depths[] = {11, 13, 16, 19};
    for (size_t i = 0; i < 4; ++i) {
        char large_name[16];
        char small_name[24];
        (void)snprintf(large_name, sizeof large_name, "vgg%d", depths[i]);
        (void)snprintf(small_name, sizeof small_name, "cifar10_vgg%d", depths[i]);
        tsr_network large = load(large_name, 0, 0);
        tsr_network small = load(small_name, 0, 0);
        const counts a = count(&large);
        const counts b = count(&small);
        assert_int_equal(a.conv_weights, b.conv_weights);
        assert_int_equal(a.parameters - b.parameters, (1000 - 10) * (4096 + 1));
        assert_int_equal(a.conv_macs, 49 * b.conv_macs);  // (224/32)^2
        expect_shape(shape_of(&small, "adaptive"), 512, 7, 7);
        tsr_network_free(&small);
        tsr_network_free(&large);
    }
}

// Torchvision's ssd300_vgg16, COCO_V1: 35,641,826 parameters, 512 of them in the L2 normalisation
// that is left out here, and 34.858 GMAC. Maps and boxes: Liu et al. 2016, figure 2.
static void ssd300_is_the_published_one(void **state) {
    (void)state;
    tsr_network network = load("ssd300_vgg16", 0, 0);
    const counts c = count(&network);
    assert_int_equal(c.parameters, 35641826 - 512);
    assert_int_equal(millions(c.macs), 34858);
    assert_int_equal(tsr_network_output_count(&network), 12);
    expect_shape(shape_of(&network, "relu4_3"), 512, 38, 38);
    expect_shape(shape_of(&network, "fc7.relu"), 1024, 19, 19);
    expect_shape(shape_of(&network, "conv8_2.relu"), 512, 10, 10);
    expect_shape(shape_of(&network, "conv9_2.relu"), 256, 5, 5);
    expect_shape(shape_of(&network, "conv10_2.relu"), 256, 3, 3);
    expect_shape(shape_of(&network, "conv11_2.relu"), 256, 1, 1);
    int32_t boxes = 0;
    for (int32_t i = 1; i < network.layer_count; ++i) {
        const tsr_layer *layer = &network.layers[i];
        const bool of_boxes = strstr(layer->name, ".boxes") != NULL;
        boxes += of_boxes ? layer->out.c / 4 * layer->out.h * layer->out.w : 0;
    }
    assert_int_equal(boxes, 8732);
    tsr_network_free(&network);
}

// Lin et al. 2017: levels of 256 channels at strides 4 to 64; one 1x1 and one 3x3 convolution a level
// on maps of 256 to 2048 channels.
static void fpn_adds_a_pyramid_to_resnet50(void **state) {
    (void)state;
    tsr_network pyramid = load("fpn_resnet50", 0, 0);
    tsr_network plain = load("resnet50", 0, 0);
    const uint64_t lateral = (256 + 512 + 1024 + 2048) * 256 + 4 * 256;
    const uint64_t smoothing = 4 * (256 * 256 * 9 + 256);
    const uint64_t head = 2048 * 1000 + 1000;
    assert_int_equal(count(&pyramid).parameters,
                     count(&plain).parameters - head + lateral + smoothing);
    assert_int_equal(tsr_network_output_count(&pyramid), 5);
    static const char *const levels[] = {"p2", "p3", "p4", "p5", "p6"};
    for (int32_t k = 0; k < 5; ++k) {
        const int32_t stride = 4 << k;
        expect_shape(shape_of(&pyramid, levels[k]), 256, (800 + stride - 1) / stride,
                     1344 / stride);
    }
    tsr_network_free(&plain);
    tsr_network_free(&pyramid);
}

// Redmon's yolov3-tiny.cfg at 416: 8,852,366 parameters (ultralytics/yolov3) and 5.56 BFLOPs
// (pjreddie.com/darknet/yolo), two a multiply-add.
static void yolov3_tiny_is_the_published_one(void **state) {
    (void)state;
    tsr_network network = load("yolov3_tiny", 0, 0);
    const counts c = count(&network);
    assert_int_equal(c.parameters, 8852366);
    assert_int_equal(millions(2 * c.macs) / 10, 556);
    assert_int_equal(tsr_network_output_count(&network), 2);
    expect_shape(shape_of(&network, "yolo1"), 3 * 85, 13, 13);
    expect_shape(shape_of(&network, "yolo2"), 3 * 85, 26, 26);
    tsr_network_free(&network);
}

// Ronneberger et al. 2015: 31,030,658 parameters with one channel in and two classes (a 2x2
// up-convolution has as many as a 2x2 convolution); padded, so the picture keeps its size.
static void unet_is_the_published_one_but_padded(void **state) {
    (void)state;
    tsr_network network = load("unet", 0, 0);
    assert_int_equal(count(&network).parameters, 31030658);
    expect_shape(shape_of(&network, "bottom.relu2"), 1024, 32, 32);
    expect_shape(shape_of(&network, "up4.concat"), 1024, 64, 64);
    expect_shape(shape_of(&network, "classes"), 2, 512, 512);
    tsr_network_free(&network);
}

// Dong et al. 2016, FSRCNN(56,12,4): 25 d + s d + 9 m s^2 + d s + 81 d = 12,464 weights; the sub-pixel
// form has 4*25 taps where the 9x9 kernel has 81.
static void fsrcnn_is_the_published_one_in_sub_pixel_form(void **state) {
    (void)state;
    const int32_t d = 56;
    const int32_t s = 12;
    const int32_t m = 4;
    const int32_t authors = 25 * d + s * d + 9 * m * s * s + d * s + 81 * d;
    assert_int_equal(authors, 12464);
    tsr_network network = load("fsrcnn_x2", 0, 0);
    assert_int_equal(count(&network).conv_weights, authors + (4 * 25 - 81) * d);
    expect_shape(network.layers[network.layer_count - 1].out, 1, 1080, 1920);
    tsr_network_free(&network);
}

static void another_picture_size_changes_maps_but_not_convolutions(void **state) {
    (void)state;
    for (size_t i = 0; i < shipped_count; ++i) {
        const shipped *entry = &shipped_networks[i];
        tsr_network usual = load(entry->name, 0, 0);
        tsr_network small = load(entry->name, entry->small, entry->small);
        assert_int_equal(small.layers[0].out.h, entry->small);
        assert_int_equal(count(&usual).conv_weights, count(&small).conv_weights);
        assert_int_equal(usual.layer_count, small.layer_count);
        assert_true(count(&small).macs <= count(&usual).macs);
        tsr_network_free(&small);
        tsr_network_free(&usual);
    }
    tsr_network wide = load("mobilenet_v1", 192, 256);
    expect_shape(shape_of(&wide, "pw13"), 1024, 6, 8);
    tsr_network_free(&wide);
}

static bool is_listed(const char *file) {
    for (size_t i = 0; i < shipped_count; ++i) {
        const size_t length = strlen(shipped_networks[i].name);
        if (strncmp(file, shipped_networks[i].name, length) == 0 &&
            strcmp(file + length, ".json") == 0) {
            return true;
        }
    }
    return false;
}

static void every_file_of_the_folder_is_tested_here(void **state) {
    (void)state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/network", tsr_config_dir());
    DIR *folder = opendir(path);
    assert_non_null(folder);
    size_t files = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            if (!is_listed(entry->d_name)) {
                fail_msg("%s is not in tests/support/shipped.h", entry->d_name);
            }
            ++files;
        }
    }
    (void)closedir(folder);
    assert_int_equal(files, shipped_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torchvision_has_as_many_parameters_and_macs),
        cmocka_unit_test(other_models_have_as_many_as_others_count),
        cmocka_unit_test(convolutions_are_those_of_the_block_convolution_tables),
        cmocka_unit_test(the_layers_that_their_authors_block_may_be_blocked),
        cmocka_unit_test(cifar_vgg_differs_from_the_large_one_in_its_last_layer_only),
        cmocka_unit_test(ssd300_is_the_published_one),
        cmocka_unit_test(fpn_adds_a_pyramid_to_resnet50),
        cmocka_unit_test(yolov3_tiny_is_the_published_one),
        cmocka_unit_test(unet_is_the_published_one_but_padded),
        cmocka_unit_test(fsrcnn_is_the_published_one_in_sub_pixel_form),
        cmocka_unit_test(another_picture_size_changes_maps_but_not_convolutions),
        cmocka_unit_test(every_file_of_the_folder_is_tested_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
