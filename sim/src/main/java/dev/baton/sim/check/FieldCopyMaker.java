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

/** Makes the class behind a {@link FieldCopy}: four methods that are nothing but loads and stores. */
final class FieldCopyMaker {
    private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();
    private static final ClassDesc OBJECTS = ConstantDescs.CD_Object.arrayType();
    private static final int OBJECT = 1;
    private static final int ARRAY = 2;
    private static final int AT = 3;

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
            built.withFlags(ACC_PUBLIC | ACC_FINAL)
                .withInterfaceSymbols(FieldCopy.class.describeConstable().orElseThrow());
            method(built, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, code -> code.aload(0)
                .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void));
            copy(built, "readNumbers", LONGS, numbers, this::readNumber);
            copy(built, "writeNumbers", LONGS, numbers, this::writeNumber);
            copy(built, "readReferences", OBJECTS, references, this::readReference);
            copy(built, "writeReferences", OBJECTS, references, this::writeReference);
        });
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                .defineHiddenClass(made, true, MethodHandles.Lookup.ClassOption.NESTMATE);
            return (FieldCopy) lookup.lookupClass().getConstructor().newInstance();
        } catch (ReflectiveOperationException ex) {
            throw new IllegalStateException("fields cannot be reached: type=" + type.getName(), ex);
        }
    }

    /** Code of one field, at one place. */
    private interface EachField {
        void write(CodeBuilder code, Field field, int place);
    }

    private static void copy(ClassBuilder built, String name, ClassDesc array, List<Field> fields, EachField each) {
        MethodTypeDesc shape = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object, array,
            ConstantDescs.CD_int);
        method(built, name, shape, code -> {
            for (int i = 0; i < fields.size(); i++) {
                each.write(code, fields.get(i), i);
            }
        });
    }

    private static void method(ClassBuilder built, String name, MethodTypeDesc shape, Consumer<CodeBuilder> body) {
        built.withMethodBody(name, shape, ACC_PUBLIC, code -> {
            body.accept(code);
            code.return_();
        });
    }

    private void readNumber(CodeBuilder code, Field field, int place) {
        code.aload(ARRAY).iload(AT).loadConstant(place).iadd().aload(OBJECT).checkcast(owner)
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
        code.aload(OBJECT).checkcast(owner).aload(ARRAY).iload(AT).loadConstant(place).iadd().laload();
        if (field.getType() != long.class) {
            code.l2i();
        }
        code.putfield(owner, field.getName(), kind(field));
    }

    private void readReference(CodeBuilder code, Field field, int place) {
        code.aload(ARRAY).iload(AT).loadConstant(place).iadd().aload(OBJECT).checkcast(owner)
            .getfield(owner, field.getName(), kind(field)).aastore();
    }

    private void writeReference(CodeBuilder code, Field field, int place) {
        if (Modifier.isFinal(field.getModifiers())) {
            return;
        }
        code.aload(OBJECT).checkcast(owner).aload(ARRAY).iload(AT).loadConstant(place).iadd().aaload()
            .checkcast(kind(field)).putfield(owner, field.getName(), kind(field));
    }

    private static ClassDesc kind(Field field) {
        return field.getType().describeConstable().orElseThrow();
    }
}
