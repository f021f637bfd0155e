package dev.baton.sim.check;

import static java.lang.classfile.ClassFile.ACC_FINAL;
import static java.lang.classfile.ClassFile.ACC_PUBLIC;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;

/** Makes the class behind a {@link FieldCopy}: two methods that are nothing but loads and stores. */
final class FieldCopyMaker {
    private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();
    private static final ClassDesc OBJECTS = ConstantDescs.CD_Object.arrayType();
    private static final int OBJECT = 1;
    private static final int NUMBERS = 2;
    private static final int NUMBER_AT = 3;
    private static final int REFERENCES = 4;
    private static final int REFERENCE_AT = 5;

    private final Class<?> type;
    private final ClassDesc owner;

    private FieldCopyMaker(Class<?> type) {
        this.type = type;
        owner = type.describeConstable().orElseThrow();
    }

    /**
     * Of fields that this very class declares, in their order.
     *
     * @param numbers    long, int or boolean
     * @param references all others
     */
    static FieldCopy of(Class<?> type, List<Field> numbers, List<Field> references) {
        return new FieldCopyMaker(type).make(numbers, references);
    }

    private FieldCopy make(List<Field> numbers, List<Field> references) {
        byte[] made = ClassFile.of().build(ClassDesc.of(type.getPackageName(), "BatonFieldCopy"), built -> {
            ClassDesc above = FieldCopy.class.describeConstable().orElseThrow();
            built.withFlags(ACC_PUBLIC | ACC_FINAL).withSuperclass(above);
            method(built, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, code -> code.aload(0)
                .invokespecial(above, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void));
            MethodTypeDesc shape = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object, LONGS,
                ConstantDescs.CD_int, OBJECTS, ConstantDescs.CD_int);
            method(built, "read", shape, code -> {
                each(numbers, (field, place) -> readNumber(code, field, place));
                each(references, (field, place) -> readReference(code, field, place));
            });
            method(built, "write", shape, code -> {
                each(numbers, (field, place) -> writeNumber(code, field, place));
                each(references, (field, place) -> writeReference(code, field, place));
            });
        });
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                .defineHiddenClass(made, true, MethodHandles.Lookup.ClassOption.NESTMATE);
            return (FieldCopy) lookup.lookupClass().getConstructor().newInstance();
        } catch (ReflectiveOperationException ex) {
            throw new IllegalStateException("fields cannot be reached: type=" + type.getName(), ex);
        }
    }

    private static void each(List<Field> fields, ObjIntConsumer<Field> consumer) {
        for (int i = 0; i < fields.size(); i++) {
            consumer.accept(fields.get(i), i);
        }
    }

    private static void method(ClassBuilder built, String name, MethodTypeDesc shape, Consumer<CodeBuilder> body) {
        built.withMethodBody(name, shape, ACC_PUBLIC, code -> {
            body.accept(code);
            code.return_();
        });
    }

    private void readNumber(CodeBuilder code, Field field, int place) {
        code.aload(NUMBERS).iload(NUMBER_AT).loadConstant(place).iadd().aload(OBJECT).checkcast(owner)
            .getfield(owner, field.getName(), kind(field));
        if (field.getType() != long.class) {
            code.conversion(TypeKind.from(field.getType()).asLoadable(), TypeKind.LONG);
        }
        code.lastore();
    }

    private void writeNumber(CodeBuilder code, Field field, int place) {
        if (Modifier.isFinal(field.getModifiers())) {
            return;
        }
        code.aload(OBJECT).checkcast(owner).aload(NUMBERS).iload(NUMBER_AT).loadConstant(place).iadd().laload();
        if (field.getType() != long.class) {
            code.l2i();
        }
        code.putfield(owner, field.getName(), kind(field));
    }

    private void readReference(CodeBuilder code, Field field, int place) {
        code.aload(REFERENCES).iload(REFERENCE_AT).loadConstant(place).iadd().aload(OBJECT).checkcast(owner)
            .getfield(owner, field.getName(), kind(field)).aastore();
    }

    private void writeReference(CodeBuilder code, Field field, int place) {
        if (Modifier.isFinal(field.getModifiers())) {
            return;
        }
        code.aload(OBJECT).checkcast(owner).aload(REFERENCES).iload(REFERENCE_AT).loadConstant(place).iadd().aaload()
            .checkcast(kind(field)).putfield(owner, field.getName(), kind(field));
    }

    private static ClassDesc kind(Field field) {
        return field.getType().describeConstable().orElseThrow();
    }
}
